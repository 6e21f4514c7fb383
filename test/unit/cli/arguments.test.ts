/** What options take, and what they say when they do not. */
import { expect, test } from "vitest";
import { count, fraction, httpUrl, parameter, rate } from "#services/cli/arguments.ts";

test.each([
  ["2%", 0.02],
  ["0.5", 0.5],
  ["100%", 1],
  ["0", 0],
])("a share of %s is %f", (text, value) => {
  expect(fraction(text)).toBeCloseTo(value);
});

test.each([
  [fraction, "101%"],
  [fraction, "-1"],
  [fraction, "half"],
  [fraction, ""],
  [count, "0"],
  [count, "1.5"],
  [count, "many"],
  [rate, "0"],
  [rate, "-3"],
  [httpUrl, "localhost:8080"],
  [httpUrl, "ftp://example.com"],
  [parameter, "novalue"],
  [parameter, "1x=2"],
  [parameter, "name:BLOB=2"],
])("%o does not take %s", (parse, text) => {
  expect(() => parse(text)).toThrow(/^It takes|^The type BLOB is not one of STRING/);
});

test("numbers may be grouped", () => {
  expect(count("100_000")).toBe(100_000);
  expect(count("100,000")).toBe(100_000);
});

test("parameters add up, are text unless a type is named, and keep everything behind the first equals sign", () => {
  const one = parameter("repo=a=b c");
  expect(parameter("least:int64=5", one)).toEqual({
    repo: { type: "STRING", value: "a=b c" },
    least: { type: "INT64", value: "5" },
  });
});
