/** Every threat in docs/operate/security.md names tests that exist. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const rows = readFileSync("docs/operate/security.md", "utf8")
  .split("\n## What senders and strangers can try")[1]
  ?.split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(1)
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("every threat has an answer and a test, and every named test exists", () => {
  expect(rows?.length).toBeGreaterThan(15);
  for (const [, , tries = "", stops = "", tests = ""] of rows ?? []) {
    expect(tries).not.toBe("");
    expect(stops).not.toBe("");
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => `test/${name}.test.ts`);
    expect(named.length, tries).toBeGreaterThan(0);
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  }
});
