/** Every dependency has its reason in docs/dependencies.md, and nothing else is listed there. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, Record<string, string>>;
const declared = Object.keys({ ...manifest["dependencies"], ...manifest["devDependencies"] });
const tables = readFileSync("docs/dependencies.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"));
const listed = tables.flatMap((line) =>
  [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
);
const isListed = (name: string) => listed.includes(name.startsWith("@types/") ? "@types/*" : name);

test("every dependency is listed", () => {
  expect(declared.length).toBeGreaterThan(20);
  expect(declared.filter((name) => !isListed(name))).toEqual([]);
});

test("nothing is listed that is no dependency", () => {
  expect(listed.filter((name) => name !== "@types/*" && !declared.includes(name))).toEqual([]);
});

test("versions are exact, and the lock file has no addresses", () => {
  const versions = Object.values({ ...manifest["dependencies"], ...manifest["devDependencies"] });
  expect(versions.filter((version) => !/^\d/.test(version))).toEqual([]);
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
