/** Rows of every two senders with one source and id stand side by side, in each table that more than one sender reaches. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { ownerOf, TYPE_PREFIXES } from "#services/shared/type-owners.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import { type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { drainAll, loadAll } from "../forget/person.ts";

/** Whatever may stand in `source`: the senders, `pullhouse import`, and a message that something else has published. */
const SOURCES = [...Object.keys(TYPE_PREFIXES), "import", "unknown"];
const registry = loadRegistry();

const PAIRS = SOURCES.flatMap((first) =>
  SOURCES.filter((second) => second !== first).map((second) => ({
    first,
    second,
    id: `${first} before ${second}`,
  })),
);
const SHARED = [
  { table: registry.rejected.table, type: PULL_TYPE, data: "5" },
  { table: registry.unregistered.table, type: "com.example.any", data: "{}" },
];

let cloud: StandInCloud;
beforeAll(async () => {
  cloud = await startStandInCloud();
});
afterAll(() => cloud.close());

async function loadAs(which: "first" | "second"): Promise<unknown> {
  const messages = SHARED.flatMap(({ type, data }) =>
    PAIRS.map((pair) => pullMessage(pair.id, { type, data, sender: pair[which] })),
  );
  await drainAll(cloud, messages);
  return loadAll(cloud);
}

test("whoever is first, in any shared table; a repetition is no row", async () => {
  const inserted = SHARED.length * PAIRS.length;
  expect(await loadAs("first")).toMatchObject({ outcome: "loaded", inserted, duplicates: 0 });
  expect(await loadAs("second")).toMatchObject({ outcome: "loaded", inserted, duplicates: 0 });
  expect(await loadAs("first")).toMatchObject({ outcome: "loaded", inserted: 0, duplicates: inserted });
  for (const { table } of SHARED) {
    const rows = await cloud.query<{ ce_id: string; senders: string }>(
      `SELECT ce_id, STRING_AGG(source, ' before ' ORDER BY received_at, loaded_at) AS senders FROM ${table} GROUP BY ce_id`,
    );
    expect(rows).toHaveLength(PAIRS.length);
    for (const { ce_id: id, senders } of rows) expect(senders, table).toBe(id);
  }
});

test("every other table has types of one sender only", () => {
  const others = [...registry.tables.keys()].filter((type) => registry.find(type) !== undefined);
  expect(others.length).toBeGreaterThan(100);
  expect(others.filter((type) => ownerOf(type) === undefined)).toEqual([]);
});
