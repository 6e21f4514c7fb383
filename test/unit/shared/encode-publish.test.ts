/** Our bytes of a PublishRequest beside those of Google's own message classes. */
import { protos } from "@google-cloud/pubsub";
import { expect, test } from "vitest";
import { encodePublish, type PublishRequest } from "#services/shared/gcp/encode-publish.ts";

const { PublishRequest: Official } = protos.google.pubsub.v1;

const TOPIC = "projects/p/topics/t";

function official({ topic, messages }: PublishRequest): Buffer {
  const request = { topic, messages: messages.map(({ data, attributes }) => ({ data, attributes })) };
  return Buffer.from(Official.encode(Official.fromObject(request)).finish());
}

/** Around each length that needs one more byte. */
const LENGTHS = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152];

test.each<[string, PublishRequest]>([
  ["no message", { topic: TOPIC, messages: [] }],
  ["no data and no attributes", { topic: TOPIC, messages: [{ data: Buffer.alloc(0), attributes: {} }] }],
  [
    "several messages",
    {
      topic: TOPIC,
      messages: [
        { data: Buffer.from("{}"), attributes: { "ce-id": "a", "ce-type": "b" } },
        { data: new Uint8Array([0, 255, 128]), attributes: { "content-type": "application/json" } },
      ],
    },
  ],
  [
    "texts that are empty or not ASCII",
    {
      topic: `${TOPIC}ü`,
      messages: [{ data: Buffer.from("ü"), attributes: { é: "日本 😀", empty: "" } }],
    },
  ],
  ...LENGTHS.map((length): [string, PublishRequest] => [
    `data of ${length} bytes`,
    { topic: TOPIC, messages: [{ data: Buffer.alloc(length, 7), attributes: { a: "b" } }] },
  ]),
  ...LENGTHS.filter((length) => length < 20_000).map((length): [string, PublishRequest] => [
    `an attribute of ${length} characters`,
    {
      topic: TOPIC,
      messages: [{ data: Buffer.from("x"), attributes: { ["n".repeat(length)]: "v".repeat(length) } }],
    },
  ]),
])("%s", (_name, request) => {
  expect(encodePublish(request).equals(official(request))).toBe(true);
});
