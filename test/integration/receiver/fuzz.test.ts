/** Arbitrary requests never get a 5xx, and what is a CloudEvent arrives as it was sent. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { eventAt, PULL_HEADERS, readAll, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { tryRequest } from "#test/support/refusal.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  // An ES256 signature costs a fifth of an RS256 one.
  issuer.keys.splice(0, 1, await makeKey("ES256"));
  receiver = await startReceiver({ issuer });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

/** Every byte that HTTP allows in a field's value (RFC 9110, section 5.5), none of them at its ends a blank. */
const fieldValue = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff })), {
    maxLength: 40,
  })
  .map((codes) => String.fromCharCode(...codes).trim());
const contentType = fc.oneof(
  { weight: 1, arbitrary: fieldValue },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "application/json",
      "application/cloudevents+json",
      "application/cloudevents-batch+json",
      "application/vnd.x+json; charset=utf-8",
    ),
  },
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc
    .dictionary(
      fc.constantFrom("id", "source", "type", "specversion", "data", "data_base64", "time", "x"),
      fc.jsonValue(),
    )
    .map((event) =>
      Buffer.from(JSON.stringify({ specversion: "1.0", id: "1", source: "s", type: "t", ...event })),
    ),
);
const known = [
  "ce-id",
  "ce-source",
  "ce-type",
  "ce-specversion",
  "ce-time",
  "ce-subject",
  "content-encoding",
];
const headers = fc.dictionary(
  fc.oneof(
    { weight: 6, arbitrary: fc.stringMatching(/^ce-x[a-z0-9]{0,10}$/) },
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.stringMatching(/^ce-[a-zA-Z0-9_-]{0,20}$/) },
  ),
  fieldValue,
  { maxKeys: 4 },
);

test("with a good token, whatever else is in the request: never a 5xx, and 202 means that it was published", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(headers, contentType, body, fc.boolean(), async (own, type, bytes, complete) => {
      const base = complete ? PULL_HEADERS : {};
      const authorization = `Bearer ${await issuer.token(bytes)}`;
      const result = await tryRequest(receiver, bytes, {
        ...base,
        ...own,
        "content-type": type,
        authorization,
      });
      expect([202, 400, 415]).toContain(result.status);
      expect(result.actions.length > 0).toBe(result.status === 202 && result.answer.json["accepted"] !== 0);
      if (result.status === 202) accepted += 1;
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(10);
});

test("with an arbitrary Authorization: 401 or 403", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fieldValue,
        fieldValue.map((text) => `Bearer ${text}`),
        fc
          .array(fc.base64String({ maxLength: 60 }), { minLength: 3, maxLength: 3 })
          .map((parts) => `Bearer ${parts.join(".")}`),
        fc
          .tuple(fc.jsonValue(), fc.jsonValue())
          .map((parts) => parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")))
          .map(([header, claims]) => `Bearer ${header}.${claims}.x`),
      ),
      async (authorization) => {
        const { status } = await tryRequest(receiver, Buffer.of(), { ...PULL_HEADERS, authorization });
        expect([401, 403]).toContain(status);
      },
    ),
    { numRuns: 200 },
  );
});

test("arbitrary bytes in place of HTTP: a 4xx or an end of the connection", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("", "POST / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nhost: x\r\nce-id: "),
      fc.uint8Array({ maxLength: 200 }),
      async (start, bytes) => {
        const socket = await receiver.connect();
        const answer = readAll(socket);
        socket.end(Buffer.concat([Buffer.from(start), bytes, Buffer.from("\r\n\r\n")]));
        expect(await answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      },
    ),
    { numRuns: 200 },
  );
});

/** Text of the type String: no control characters, noncharacters or halves of pairs. */
const ceText = fc
  .string({ unit: "binary", minLength: 1, maxLength: 30 })
  .filter((text) => !/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(text));

/** As the binding says: what is not printable ASCII, and blank, quote and percent, is percent-encoded UTF-8. */
function encodeValue(text: string): string {
  return Array.from(text, (char) => (/[\x21\x23\x24\x26-\x7e]/.test(char) ? char : percent(char))).join("");
}
const percent = (char: string) =>
  [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`).join("");

test("an event that is encoded in binary mode arrives as it was", async () => {
  const extensions = fc.dictionary(fc.stringMatching(/^x[a-z0-9]{0,15}$/), ceText, { maxKeys: 5 });
  await fc.assert(
    fc.asyncProperty(ceText, ceText, ceText, ceText, extensions, fc.uint8Array(), async (...parts) => {
      const [id, source, type, subject, others, data] = parts;
      const attributes = { specversion: "1.0", id, source, type, subject, ...others };
      const encoded = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeValue(value)]);
      const authorization = `Bearer ${await issuer.token(data)}`;
      const sent = {
        ...Object.fromEntries(encoded),
        "content-type": "application/json",
        authorization,
      } as Record<string, string>;
      expect((await tryRequest(receiver, data, sent)).status).toBe(202);
      const { event } = eventAt(receiver, -1);
      expect({ ...event, data: Buffer.from(event.data) }).toEqual({
        id,
        source,
        type,
        subject,
        specversion: "1.0",
        datacontenttype: "application/json",
        extensions: others,
        data: Buffer.from(data),
      });
    }),
    { numRuns: 150 },
  );
});

test("a batch in structured form arrives as it was, numbers in full", async () => {
  const digits = fc.stringMatching(/^-?[1-9][0-9]{0,30}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/);
  const event = fc.record({ id: ceText, type: ceText, x: ceText, n: digits });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 5 }), async (events) => {
      const items = events.map(({ n, ...attributes }) => {
        const open = JSON.stringify({ specversion: "1.0", source: "s", ...attributes }).slice(0, -1);
        return `${open},"data":{"n":${n}}}`;
      });
      const bytes = Buffer.from(`[${items.join(",")}]`);
      const authorization = `Bearer ${await issuer.token(bytes)}`;
      const before = receiver.published.length;
      const type = "application/cloudevents-batch+json";
      expect((await tryRequest(receiver, bytes, { "content-type": type, authorization })).status).toBe(202);
      const arrived = events.map((_, index) => eventAt(receiver, before + index).event);
      expect(
        arrived.map(({ id, type, extensions, data }) => ({
          id,
          type,
          ...extensions,
          data: Buffer.from(data).toString(),
        })),
      ).toEqual(events.map(({ n, ...attributes }) => ({ ...attributes, data: `{"n":${n}}` })));
    }),
    { numRuns: 60 },
  );
});
