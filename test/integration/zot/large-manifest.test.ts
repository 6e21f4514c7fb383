/** zot puts a whole manifest into an event and posts it once: the largest that a registry must take becomes a row. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { refusalOf } from "#test/support/refusal.ts";
import { rowAt } from "#test/support/row-at.ts";

const MIB = 1_048_576;
const MANIFEST_BYTES = 4 * MIB;

let issuer: TestIssuer;
let receiver: TestReceiver;
beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer, env: { ZOT_TOKENS: "token-for-tests" } });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

/** Annotations with empty values: of each six bytes four are quotes, more than any manifest that does something has. */
function manifest(bytes: number): string {
  const start = '{"schemaVersion":2,"annotations":{"":""';
  const room = bytes - start.length - 2;
  const pairs = Array.from({ length: Math.floor(room / 8) }, (_, index) => `,"${index % 10}":""`);
  const text = `${start}${pairs.join("")}}}`;
  return text + " ".repeat(bytes - text.length);
}

const data = (bytes: number) =>
  JSON.stringify({
    name: "space/my-image",
    reference: "latest",
    digest: `sha256:${"ab".repeat(32)}`,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    manifest: manifest(bytes),
  });

const ATTRIBUTES = {
  "ce-id": "large",
  "ce-source": "zotregistry.dev",
  "ce-specversion": "1.0",
  "ce-type": "zotregistry.image.updated",
  "content-type": "application/json",
  authorization: "Bearer token-for-tests",
};

test.each([
  ["in binary mode, as the HTTP sink posts", {}],
  ["in binary mode, in chunks", { "transfer-encoding": "chunked" }],
])("a manifest of 4 MiB, %s", async (_, more) => {
  const body = data(MANIFEST_BYTES);
  expect(body.length).toBeGreaterThan(1.4 * MANIFEST_BYTES);
  expect((await receiver.post(body, { ...ATTRIBUTES, ...more }, "/zot")).status).toBe(202);
  const { table, row } = rowAt(receiver, -1);
  expect([table, row["manifest"]]).toEqual(["zotregistry_image_updated", manifest(MANIFEST_BYTES)]);
  expect(receiver.spilled.size).toBe(0);
});

test("a manifest of 4 MiB in structured mode, as the bridge posts", async () => {
  const attributes = {
    specversion: "1.0",
    id: "s",
    source: "zotregistry.dev",
    type: "zotregistry.image.updated",
  };
  const body = `${JSON.stringify(attributes).slice(0, -1)},"data":${data(MANIFEST_BYTES)}}`;
  const { authorization } = ATTRIBUTES;
  const headers = { authorization, "content-type": "application/cloudevents+json" };
  expect((await receiver.post(body, headers, "/zot")).status).toBe(202);
  expect(rowAt(receiver, -1).table).toBe("zotregistry_image_updated");
});

test("a body whose every byte takes two fits as well; one beyond the limit is 413, and says it", async () => {
  const all = JSON.stringify({ manifest: '"'.repeat(MANIFEST_BYTES) });
  expect((await receiver.post(all, ATTRIBUTES, "/zot")).status).toBe(202);
  const beyond = await receiver.post(Buffer.alloc(9 * MIB + 1, " "), ATTRIBUTES, "/zot");
  expect(beyond.json).toMatchObject({
    status: refusalOf("too-large").status,
    detail: expect.stringContaining("9437184"),
  });
});

test("a message that Pub/Sub does not take is spilled, and Pub/Sub is asked for the next event all the same", async () => {
  const [published, spilled] = [receiver.published.length, receiver.spilled.size];
  // In base64, as an attribute does not fit into Pub/Sub's.
  const headers = { ...ATTRIBUTES, "ce-subject": "x".repeat(2_000) };
  expect(
    (await receiver.post(JSON.stringify({ manifest: "x".repeat(8 * MIB) }), headers, "/zot")).status,
  ).toBe(202);
  expect([receiver.published.length, receiver.spilled.size]).toEqual([published, spilled + 1]);
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  expect((await receiver.post(PULL, { ...PULL_HEADERS, authorization })).status).toBe(202);
  expect([receiver.published.length, receiver.spilled.size]).toEqual([published + 1, spilled + 1]);
});
