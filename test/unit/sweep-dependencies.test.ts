/** Every dependency has its reason in docs/internals/dependencies.md, and nothing else is listed there. */
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
const tables = readFileSync("docs/internals/dependencies.md", "utf8")
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

test("versions are exact", () => {
  expect(Object.values(versions).filter((version) => !/^\d/.test(version))).toEqual([]);
});

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  /** Links to a folder of this repository. */
  readonly link?: true;
  /** Comes inside another package, whose integrity covers it. */
  readonly inBundle?: true;
}

test.each(FOLDERS)("%s/package-lock.json has a digest of every package and no address", (folder) => {
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && !link);
  expect(packages.length).toBeGreaterThan(3);
  const named = (wrong: (locked: Locked) => boolean) =>
    packages.filter(([, locked]) => wrong(locked)).map(([path]) => path);
  expect(named(({ resolved }) => resolved !== undefined)).toEqual([]);
  expect(named(({ integrity, inBundle }) => !inBundle && !/^sha512-.{86}==$/.test(integrity ?? ""))).toEqual(
    [],
  );
});

test("the Node that is named for people is the one that is installed", () => {
  expect(readFileSync(".nvmrc", "utf8").trim()).toBe(versions["node"]);
});
