/** The import rules of the layout. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const FILES = ["services", "infra", "test"]
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith(".ts"));

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Static and dynamic imports and re-exports; a path of our own becomes one from the root. */
const IMPORTS: readonly Import[] = FILES.flatMap((from) =>
  [...readFileSync(from, "utf8").matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)["']([^"']+)["']/g)].map(
    ([, spec = ""]) => ({
      from,
      to: spec.startsWith(".") ? normalize(join(dirname(from), spec)) : spec.replace(/^#/, ""),
    }),
  ),
);

/** `services/receiver`, `infra`, `test`, or `package` for what comes from npm or Node. */
function owner(path: string): string {
  return /^(services\/[^/]+|infra|test)\//.exec(path)?.[1] ?? "package";
}

function offending(rule: (one: Import) => boolean): readonly string[] {
  return IMPORTS.filter(rule).map(({ from, to }) => `${from} -> ${to}`);
}

test("the walk sees the services and their imports", () => {
  const owners = new Set(FILES.map(owner));
  expect([...owners]).toEqual(
    expect.arrayContaining([
      "services/receiver",
      "services/batcher",
      "services/loader",
      "services/shared",
      "infra",
    ]),
  );
  expect(IMPORTS.length).toBeGreaterThan(FILES.length);
});

test("a service imports itself and services/shared, nothing else of ours", () => {
  // The command replays and imports with the batcher's and the loader's own code, and reads settings with each one's.
  const command = ["services/receiver", "services/batcher", "services/loader"];
  const foreign = ({ from, to }: Import) =>
    owner(from).startsWith("services/") &&
    !["package", "services/shared", owner(from)].includes(owner(to)) &&
    !(owner(from) === "services/cli" && command.includes(owner(to)));
  expect(offending(foreign)).toEqual([]);
});

test("only services/shared/gcp imports Google's clients", () => {
  const google = ({ from, to }: Import) =>
    /^(@google-cloud\/|google-gax|google-auth-library)/.test(to) &&
    !from.startsWith("services/shared/gcp/") &&
    // Stand-ins read the interface definitions that the clients ship; tests are clients.
    !to.endsWith("/protos.json") &&
    owner(from) !== "test";
  expect(offending(google)).toEqual([]);
});

test("nothing outside of test imports test", () => {
  expect(offending(({ from, to }) => owner(to) === "test" && owner(from) !== "test")).toEqual([]);
});
