/** Headers read from what Node parsed are those that Fetch's `Headers` would make of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { requestHeaders } from "#services/receiver/request-headers.ts";

const name = fc.constantFrom(
  "Authorization",
  "authorization",
  "CE-Id",
  "ce-id",
  "Content-Type",
  "__proto__",
  "x",
);
/** What may be in a field's value (RFC 9110, section 5.5), blanks at its ends included. */
const value = fc
  .array(
    fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.constant(0x09), fc.integer({ min: 0x80, max: 0xff })),
    {
      maxLength: 12,
    },
  )
  .map((codes) => String.fromCharCode(...codes));

test("on any headers, names and values are the same", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  console.log(`headers of seed ${seed}`);
  const same = fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (pairs) => {
    const ours = requestHeaders(pairs.flat());
    const theirs = new Headers(pairs);
    expect(Object.fromEntries([...ours].map(([name, value]) => [`=${name}`, value]))).toEqual(
      Object.fromEntries([...theirs].map(([name, value]) => [`=${name}`, value])),
    );
    for (const [name] of pairs) expect(ours.get(name.toLowerCase())).toBe(theirs.get(name));
    expect(ours.get("missing")).toBeNull();
  });
  fc.assert(same, { seed, numRuns: 2_000 });
});
