/** A CloudEvent into a Pub/Sub message and back. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CloudEvent } from "#services/shared/event.ts";
import { fromMessage, toMessage } from "#services/shared/message.ts";

const receipt = {
  source: "chainguard",
  receivedAt: 1_750_000_000_000,
  recipientGroup: "g",
  fit: "fits",
} as const;

const event: CloudEvent = {
  id: "1",
  source: "cgr.dev",
  type: "t",
  specversion: "1.0",
  subject: "s",
  time: "2025-04-23T00:37:47Z",
  datacontenttype: "application/json",
  extensions: { group: "g" },
  data: Buffer.from([0, 255, 1]),
};

test("the data is the event's, byte for byte, and the attributes are ce-* and content-type", () => {
  const { data, attributes } = toMessage(event, receipt);

  expect(data).toBe(event.data);
  expect(attributes).toEqual({
    "ce-id": "1",
    "ce-source": "cgr.dev",
    "ce-type": "t",
    "ce-specversion": "1.0",
    "ce-subject": "s",
    "ce-time": "2025-04-23T00:37:47Z",
    "ce-group": "g",
    "content-type": "application/json",
    "pullhouse-source": "chainguard",
    "pullhouse-received-at": "2025-06-15T15:06:40.000Z",
    "pullhouse-recipient-group": "g",
    "pullhouse-fit": "fits",
  });
});

test("an attribute beyond Pub/Sub's 1,024 bytes travels inside a structured event", () => {
  const long = { ...event, subject: "é".repeat(513) };
  const message = toMessage(long, receipt);

  expect(message.attributes["content-type"]).toBe("application/cloudevents+json");
  for (const value of Object.values(message.attributes))
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(1024);
  expect(fromMessage(message).event).toEqual(long);
});

test.each(["", "yesterday", "+012345-01-01T00:00:00Z", "-000001-01-01T00:00:00Z"])(
  "a time of receipt that no row can hold, as %j, is none",
  (time) => {
    const { data, attributes } = toMessage(event, receipt);
    const message = { data, attributes: { ...attributes, "pullhouse-received-at": time } };
    expect(fromMessage(message).receipt.receivedAt).toBe(0);
  },
);

test("data that claims to be an event of its own comes back as data", () => {
  const data = Buffer.from(`{"specversion":"1.0","id":"2","source":"s","type":"t"}`);
  const nested = { ...event, datacontenttype: "application/cloudevents+json", data };
  expect(fromMessage(toMessage(nested, receipt)).event).toEqual(nested);
});

test("every event comes back as it went", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 1500 });
  const name = fc.stringMatching(/^x[a-z0-9]{1,19}$/);
  const anyEvent = fc.record({
    id: text,
    source: text,
    type: text,
    specversion: fc.constant("1.0"),
    subject: text,
    extensions: fc.dictionary(name, text, { maxKeys: 120, noNullPrototype: true }),
    data: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(anyEvent, (one) => {
      const { event: back, receipt: same } = fromMessage(toMessage(one, receipt));
      expect(back).toEqual(one);
      expect(same).toEqual(receipt);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["no attributes", {}],
  ["a structured message that is no JSON", { "content-type": "application/cloudevents+json" }],
])("a message from elsewhere becomes an event of type unknown: %s", (_name, attributes) => {
  const { event: kept } = fromMessage({ data: Buffer.from("{"), attributes });
  expect(kept).toMatchObject({ id: "", type: "unknown" });
  expect(Buffer.from(kept.data).toString()).toBe("{");
});
