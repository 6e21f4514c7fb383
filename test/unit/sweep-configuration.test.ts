/** Every variable that the code reads is documented, and the other way round. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const documented = new Set(
  [...readFileSync("docs/operate/configuration.md", "utf8").matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map(
    ([, name = ""]) => name,
  ),
);

const textsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
const sources = ["services", "infra"].flatMap(textsIn);
const read = new Set(
  sources.flatMap((text) => [
    ...[...text.matchAll(/reader\.\w+\(\s*"([A-Z_]+)"/g)].map(([, name = ""]) => name),
    ...[...text.matchAll(/\benv\["([A-Z_]+)"\]/g)].map(([, name = ""]) => name),
  ]),
);

test("every variable that is read is in docs/operate/configuration.md", () => {
  expect(read.size).toBeGreaterThan(25);
  expect([...read].filter((name) => !documented.has(name))).toEqual([]);
});

test("docs/operate/configuration.md has no variable that nothing reads", () => {
  const text = [...sources, ...textsIn("test"), readFileSync("Makefile", "utf8")].join("\n");
  // Ports of the local parts are put together from their names.
  const unread = [...documented].filter(
    (name) => !text.includes(name) && !/^PULLHOUSE_[A-Z]+_PORT$/.test(name),
  );
  expect(unread).toEqual([]);
});
