/** Every dependency has its reason in docs/dependencies.md, and nothing else is listed there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The Terraform has its own. */
const FOLDERS = [".", "infra/gcp"];
const versions = Object.fromEntries(
  FOLDERS.flatMap((folder) => {
    const text = readFileSync(join(folder, "package.json"), "utf8");
    const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Record<string, string>>;
    return Object.entries({ ...dependencies, ...devDependencies });
  }),
);
const declared = Object.keys(versions);
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

test("versions are exact, and the lock files have no addresses", () => {
  expect(Object.values(versions).filter((version) => !/^\d/.test(version))).toEqual([]);
  for (const folder of FOLDERS)
    expect(readFileSync(join(folder, "package-lock.json"), "utf8")).not.toContain('"resolved"');
});
