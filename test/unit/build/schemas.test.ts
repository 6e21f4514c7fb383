/** The schemas beside a bundle are those of the folder that it was built of. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { bundleSchemas } from "../../../build/schemas.ts";

const scratch = mkdtempSync(join(tmpdir(), "pullhouse-bundled-schemas-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function copyOf(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const file of readdirSync("schemas").filter((entry) => entry.endsWith(".json")))
    cpSync(join("schemas", file), join(folder, file));
  return folder;
}

test("one file makes the same registry as the folder", () => {
  const bundled = join(scratch, "bundled");
  bundleSchemas("schemas", bundled);
  expect(readdirSync(bundled).filter((file) => file.endsWith(".json"))).toHaveLength(1);
  const { tables, unregistered, rejected, loads } = loadRegistry(bundled);
  const whole = loadRegistry("schemas");
  expect(tables.size).toBeGreaterThan(100);
  expect([...tables]).toEqual([...whole.tables]);
  expect({ unregistered, rejected, loads }).toEqual({
    unregistered: whole.unregistered,
    rejected: whole.rejected,
    loads: whole.loads,
  });
});

test("days are counted by the texts of the folder, and none of them is left out", () => {
  const bundled = join(scratch, "rollups");
  bundleSchemas("schemas", bundled);
  const beside = loadRollups(loadRegistry(bundled), bundled);
  const whole = loadRollups(loadRegistry("schemas"), "schemas");
  expect(whole.all.length).toBeGreaterThan(3);
  expect(beside.all.map(({ table }) => table)).toEqual(whole.all.map(({ table }) => table));
  expect(beside.definition).toBe(whole.definition);
});

test("a file with a problem is not bundled", () => {
  const folder = copyOf("broken");
  writeFileSync(join(folder, "example.broken.v1.json"), `[{ "name": "a", "type": "TEXT" }]`);
  expect(() => bundleSchemas(folder, join(scratch, "never"))).toThrow(
    /^example\.broken\.v1\.json: a has the type "TEXT"/,
  );
});

test("a file that is added beside it is no part of it, and the start says so", () => {
  const bundled = join(scratch, "added");
  bundleSchemas("schemas", bundled);
  cpSync("schemas/envelope.json", join(bundled, "example.added.v1.json"));
  expect(() => loadRegistry(bundled)).toThrow("bundled.json: ");
});
