/** A day of made-up pulls, and what it takes in the events' table and in the rollups. */
import { generateEvents, PULL_TYPE } from "#services/cli/generate/generate.ts";
import { type Rollups } from "#services/shared/rollup/rollups.ts";
import { toRow } from "#services/shared/row/row.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { type EventWarehouse, type HandMade } from "#test/support/event-warehouse.ts";
import { addSizes, type Sizes } from "./sizes.ts";

/** Of each table, the bytes of a day by leaf. */
export type DayOfRollups = Readonly<Record<string, Readonly<Record<string, number>>>>;

const DAY = Date.parse("2026-11-20T00:00:00Z");
const DAY_MS = 86_400_000;
/** Who pulls in the generator's events. */
export const GENERATED_IDENTITIES = 160;

function* dayOfPulls(events: number): Iterable<HandMade> {
  let index = 0;
  const generated = generateEvents({
    seed: "a day",
    group: "0123456789abcdef0123456789abcdef01234567",
    now: () => DAY + Math.floor((index * DAY_MS) / events),
  });
  for (const { id, headers, body } of generated) {
    yield {
      id,
      type: PULL_TYPE,
      time: headers["ce-time"] ?? "",
      source: headers["ce-source"] ?? "",
      data: JSON.parse(body.toString()) as object,
    };
    if (++index === events) return;
  }
}

/** Mean bytes of an event by leaf. */
export function eventSizes(registry: Registry, events: number): ReadonlyMap<string, number> {
  const sizes: Sizes = new Map();
  const columns = registry.tables.get(PULL_TYPE)?.columns ?? [];
  for (const { id = "", type, time = "", source = "", data } of dayOfPulls(events)) {
    const row = toRow(
      registry,
      {
        id,
        type,
        time,
        source,
        specversion: "1.0",
        datacontenttype: "application/json",
        extensions: {},
        data: Buffer.from(JSON.stringify(data)),
      },
      { source: "chainguard", receivedAt: Date.parse(time) },
    );
    addSizes(sizes, columns, JSON.parse(row.line) as Readonly<Record<string, unknown>>);
  }
  return new Map([...sizes].map(([leaf, bytes]) => [leaf, bytes / events]));
}

export async function measureRollups(
  warehouse: EventWarehouse,
  rollups: Rollups,
  events: number,
): Promise<DayOfRollups> {
  await warehouse.refill([...dayOfPulls(events)]);
  await warehouse.rollUp({ from: DAY, to: DAY + DAY_MS });
  const tables: Record<string, Readonly<Record<string, number>>> = {};
  for (const { table } of rollups.all) {
    const sizes: Sizes = new Map();
    const rows = await warehouse.ask(`SELECT * FROM ${table.name} WHERE day = DATE '2026-11-20'`);
    for (const row of rows) addSizes(sizes, table.columns, row);
    tables[table.name] = { rows: rows.length, ...Object.fromEntries(sizes) };
  }
  return tables;
}
