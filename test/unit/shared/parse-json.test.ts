/** Our JSON parser beside `JSON.parse`: the same texts, the same values, and what the other one loses. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "#services/shared/row/parse-json.ts";

/** What `JSON.parse` makes of it, numbers as doubles. */
const asDoubles = (text: string) => JSON.parse(JSON.stringify(parseJson(text).value)) as unknown;

function outcomeOf(parse: (text: string) => unknown, text: string): unknown {
  try {
    return { value: parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return "SyntaxError";
    throw error;
  }
}

const RUNS = { numRuns: 5_000, seed: Number(process.env["SEED"] ?? Date.now() % 2 ** 31) };

test(`any JSON value comes back as JSON.parse gives it (SEED=${RUNS.seed})`, () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(asDoubles(text)).toEqual(JSON.parse(text));
    }),
    RUNS,
  );
});

/** What texts are put together from, so that many of them are nearly JSON. */
const PIECES =
  `{"a":1} [1,2] "x" { } [ ] , : " \\ \\u00 \\ud800 \\n - + 0 01 1 . e E5 true nul null \0 \u00a0 \ufeff é __proto__`
    .split(" ")
    .concat(" ", "\n");

test(`any text is taken or refused as JSON.parse does (SEED=${RUNS.seed})`, () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      expect(outcomeOf(asDoubles, text)).toEqual(outcomeOf(JSON.parse, text));
    }),
    RUNS,
  );
});

test.each(["0", "-0", "1.10", "1e400", "12345678901234567890.123456789", "1E+2"])(
  "%s keeps its digits",
  (text) => {
    expect(JSON.stringify(parseJson(`{"n":[${text}]}`).value)).toBe(`{"n":[${text}]}`);
  },
);

describe("a key that stands twice", () => {
  test.each([
    [`{"a":1,"b":2,"a":3}`, "/a"],
    [`{"a":[{"x/y":1},{"x/y":1,"x\\u002fy":2}]}`, "/a/1/x~1y"],
    [`{"__proto__":1,"__proto__":2}`, "/__proto__"],
    [`{"a":{"b":1},"c":{"b":1}}`, undefined],
    [`{"constructor":1,"toString":2}`, undefined],
  ])("%s", (text, pointer) => {
    expect(parseJson(text).duplicate).toBe(pointer);
  });
});

test("a key __proto__ is a key, not the prototype", () => {
  const { value } = parseJson(`{"__proto__":{"admin":true}}`);
  expect(Object.keys(value as object)).toEqual(["__proto__"]);
  expect((value as { admin?: boolean }).admin).toBeUndefined();
});

test("a member's text is handed out as it stands, at the top and in the top's array", () => {
  const text = `[ {"id":"1", "data" : {"n": 1.0, "data": 2} }, {"data":null}, {"x":{"data":3}} ]`;
  const { value, sources } = parseJson(text, "data");
  const texts = (value as unknown as object[]).map((event) => sources.get(event as never));
  expect(texts).toEqual([`{"n": 1.0, "data": 2}`, "null", undefined]);
});

test.each([
  ["arrays", "[", "]"],
  ["objects", `{"a":`, "}"],
])("%s nested to the limit are read, deeper ones are a RangeError and no crash", (_name, open, close) => {
  const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
  expect(() => parseJson(nested(1_000))).not.toThrow();
  expect(() => parseJson(nested(1_001))).toThrow(RangeError);
  expect(() => parseJson(open.repeat(1_000_000))).toThrow(RangeError);
});
