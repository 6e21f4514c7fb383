/** What a question costs, from the fields and days that it reads and from what a day takes. */

import { PRICES } from "#services/cli/cost/prices.ts";
import { PULL_TYPE } from "#services/cli/generate/generate.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Plan, Planner, Reading } from "#test/support/planner.ts";
import { readMeasured } from "./measured.ts";
import { eventSizes, GENERATED_IDENTITIES } from "./traffic.ts";

export interface Size {
  readonly eventsPerDay: number;
  /** Different identities of a day, each with one address and one program. */
  readonly identities: number;
}

interface Statement {
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
}

export interface Bytes {
  /** Each reading of a table counts: a query of the WITH clause as often as it is named. */
  readonly each: number;
  /** Each field counts once, however often it is read. */
  readonly once: number;
}

const DAY_MS = 86_400_000;
const TIB = 2 ** 40;
/** https://cloud.google.com/bigquery/pricing#on_demand_pricing: for each table that a query refers to. */
const TABLE_MIN_BYTES = 10 * 2 ** 20;

export const dollars = (bytes: number) => (bytes / TIB) * PRICES.query.dollars;

/** Partitions that hold the rows without a time are empty in this traffic, and in the way of the planner. */
const UNTIMED = /\nUNION ALL\nSELECT \*, [^\n]* AS happened_at FROM[^]*?ce_time IS NULL AND [^\n]*/g;

/** Enough for a mean to a per cent. */
const EVENTS = 5_000;

export interface CostModel {
  bytesOf(statement: Statement, size: Size): Promise<Bytes>;
}

/** @param now milliseconds since the epoch; nothing has come after it */
export function createModel(registry: Registry, planner: Planner, now: number): CostModel {
  const pulls = registry.tables.get(PULL_TYPE)?.table ?? "";
  const means = eventSizes(registry, EVENTS);
  const measured = readMeasured();
  const plans = new Map<string, Plan>();

  function leafBytes(table: string, leaf: string, { eventsPerDay, identities }: Size): number {
    if (table === pulls) return eventsPerDay * sumOf([...means], leaf);
    const few = measured[50_000][table];
    const many = measured[200_000][table];
    if (few === undefined || many === undefined) return 0;
    const [first, second] = [sumOf(Object.entries(few), leaf), sumOf(Object.entries(many), leaf)];
    // Tags are of images, of which there are no more; all else is of identities, each with as many requests.
    const times = table === "daily_tags" && leaf !== "accounts" ? 1 : identities / GENERATED_IDENTITIES;
    return times * second * (eventsPerDay / times / 200_000) ** exponent(first, second);
  }

  /** Of a table of events the part of today that is over; of a rollup all of it. */
  function dayShare(table: string, day: number): number {
    return table === pulls ? Math.min(1, Math.max(0, (now - day) / DAY_MS)) : day + DAY_MS <= now ? 1 : 0;
  }

  return {
    async bytesOf({ sql, parameters = {} }, size) {
      const key = JSON.stringify([sql, parameters]);
      const plan = plans.get(key) ?? (await planner.plan(sql.replaceAll(UNTIMED, ""), parameters));
      plans.set(key, plan);
      // A table is paid for that is named only, too.
      const each = new Map(plan.scans.map(({ table }) => [table, 0]));
      const once = new Map<string, Map<string, number>>();
      for (const { table, leaves, bounds, times } of plan.readings) {
        const column = planner.specs.get(table)?.partitionColumn;
        for (const leaf of column === undefined ? leaves : new Set([...leaves, column])) {
          const bytes = leafBytes(table, leaf, size);
          for (const day of daysOf(bounds)) {
            const ofDay = bytes * dayShare(table, day);
            each.set(table, (each.get(table) ?? 0) + times * ofDay);
            const known = once.get(table) ?? new Map<string, number>();
            once.set(table, known.set(`${leaf} ${day}`, ofDay));
          }
        }
      }
      return {
        each: billed([...each.values()]),
        once: billed(
          [...each.keys()].map((table) => [...(once.get(table)?.values() ?? [])].reduce((a, b) => a + b, 0)),
        ),
      };
    },
  };
}

const billed = (ofTables: readonly number[]) =>
  ofTables.reduce((sum, bytes) => sum + Math.max(bytes, TABLE_MIN_BYTES), 0);

/** A field, or all that is in it. */
function sumOf(leaves: readonly (readonly [string, number])[], name: string): number {
  const all = leaves.filter(([leaf]) => leaf === name || leaf.startsWith(`${name}.`));
  if (all.length === 0) throw new Error(`the size of ${name} was not measured`);
  return all.reduce((sum, [, bytes]) => sum + bytes, 0);
}

/** Four times as many events of as many identities take 4 to the power of this as much. */
function exponent(first: number, second: number): number {
  return first === 0 ? 0 : Math.min(1, Math.max(0, Math.log(second / first) / Math.log(4)));
}

/** Starts of the days that are touched: BigQuery reads partitions whole. */
function daysOf(bounds: Reading["bounds"]): readonly number[] {
  if (bounds === undefined || bounds === "untimed") throw new Error("what is read is not bounded");
  const days = new Set<number>();
  for (const { from, to } of bounds)
    for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < to; day += DAY_MS) days.add(day);
  return [...days];
}
