/** The published pull event is kept byte for byte: other tests hash and sign it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (file: string) => readFileSync(new URL(`../fixtures/seed-pull/${file}`, import.meta.url));
const headers = JSON.parse(read("headers.json").toString()) as Record<string, string>;

test("the body has the length that its request declared, and its known hash", () => {
  const body = read("body.json");
  expect(body).toHaveLength(721);
  expect(String(body.length)).toBe(headers["content-length"]);
  expect(createHash("sha256").update(body).digest("hex")).toBe(
    "0e059fc8fc38fe672a3b532c9d2225bff18f6119cfe26b29048a91497d331e79",
  );
});

test("the headers are those of a CloudEvent in binary mode, with the token left out", () => {
  const attributes = Object.keys(headers).filter((name) => name.startsWith("ce-"));
  expect(attributes.map((name) => name.slice(3))).toEqual([
    "type",
    "time",
    "subject",
    "specversion",
    "source",
    "id",
    "group",
    "audience",
    "actor",
  ]);
  expect(headers["authorization"]).toBe("Bearer …");
});
