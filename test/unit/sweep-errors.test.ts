/** Error codes, documentation and use agree. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROBLEMS } from "#services/receiver/problem.ts";
import { ERROR_CODES } from "#services/shared/errors.ts";

const documented = [...readFileSync("docs/operate/errors.md", "utf8").matchAll(/^- `([A-Z_]+)`/gm)].map(
  ([, code = ""]) => code,
);

test("docs/operate/errors.md describes every error code and no other", () => {
  expect(documented.length).toBeGreaterThan(5);
  expect(documented.toSorted()).toEqual(ERROR_CODES.toSorted());
});

test("every error code is used by a service", () => {
  const sources = readdirSync("services", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith("shared/errors.ts"))
    .map((file) => readFileSync(join("services", file), "utf8"))
    .join("\n");
  expect(ERROR_CODES.filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
});

test("docs/operate/errors.md has every problem of the receiver, with its status and title", () => {
  const rows = [
    ...readFileSync("docs/operate/errors.md", "utf8").matchAll(/^\| `([a-z-]+)` \| (\d+) \| ([^|]+) \|/gm),
  ];
  const described = rows.map(([, name = "", status, title = ""]) => [
    name,
    { status: Number(status), title },
  ]);
  const declared = Object.entries(PROBLEMS).map(([name, { status, title }]) => [name, { status, title }]);
  expect(described).toEqual(declared);
});
