/** Every regular expression that a sender's text can reach takes time that grows with the text; `make check` runs this. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, parseSync, Visitor } from "oxc-parser";
import { checkSync } from "recheck";
import { describe, expect, test } from "vitest";

/** Code that runs beside a pipeline, on what its operator writes. */
const FOLDERS = ["receiver", "batcher", "loader", "nats-bridge", "shared"].map((name) => `services/${name}`);
/** What reads settings, schema files, Google's answers and stack traces, and nothing that a sender wrote. */
const NOT_SENDERS = /\/config\.ts$|^services\/shared\/(?:schema|gcp)\/|^services\/shared\/source-stack\.ts$/;
/** The checker's own is ten seconds, which a busy machine may need; then it does not know. */
const TIMEOUT_MS = 60_000;

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
).filter((file) => file.endsWith(".ts") && !NOT_SENDERS.test(file));

interface Found {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

const literals: Found[] = [];
/** Those that are put together can't be judged here. */
const made: string[] = [];
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const isMaker = (callee: Node) => callee.type === "Identifier" && callee.name === "RegExp";
  const visitor = new Visitor({
    Literal(node) {
      if ("regex" in node) literals.push({ file, ...node.regex });
    },
    NewExpression: ({ callee, start, end }) => void (isMaker(callee) && made.push(text.slice(start, end))),
    CallExpression: ({ callee, start, end }) => void (isMaker(callee) && made.push(text.slice(start, end))),
  });
  visitor.visit(parseSync(file, text).program);
}

function verdictOn({ pattern, flags }: Pick<Found, "pattern" | "flags">): string {
  const verdict = checkSync(pattern, flags, { timeout: TIMEOUT_MS });
  return verdict.status === "unknown" ? "unknown" : `${verdict.status}, ${verdict.complexity.type}`;
}

test("the walk sees the expressions, and none is put together at run time", () => {
  expect(new Set(literals.map(({ file }) => file)).size).toBeGreaterThan(20);
  expect(literals.length).toBeGreaterThan(60);
  expect(made).toEqual([]);
});

describe("the checker finds", () => {
  test.each([
    ["a run that is tried again at each of its places", /[.-]+$/, "vulnerable, polynomial"],
    ["the rest of a line, from each of many marks", /%.*$/, "vulnerable, polynomial"],
    ["a choice of two that are one", /^(?:a|a)*$/, "vulnerable, exponential"],
    ["nothing in a set", /[.-]/, "safe, safe"],
  ])("%s", (_, { source, flags }, verdict) => {
    expect(verdictOn({ pattern: source, flags })).toBe(verdict);
  });
});

test("each is linear", { timeout: 300_000 }, () => {
  const bad = literals
    .map((found) => ({ ...found, verdict: verdictOn(found) }))
    .filter(({ verdict }) => verdict !== "safe, safe" && verdict !== "safe, linear")
    .map(({ file, pattern, flags, verdict }) => `${file}: /${pattern}/${flags} is ${verdict}`);
  expect(bad).toEqual([]);
});
