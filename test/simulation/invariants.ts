/** What must hold in the end, whatever happened; the invariants of docs/reliability.md, by their names there. */
import type { CloudEvent } from "#services/shared/event.ts";
import { DEAD_LETTERS, PENDING, PLANS, QUARANTINE, SPILL } from "#services/shared/objects.ts";
import { type Registry, tableNameOf } from "#services/shared/schema/registry.ts";
import { type Cloud, REFUSED, type Row } from "./cloud.ts";
import { tableOf } from "./events.ts";
import { DEADLY } from "./instance.ts";

export interface Seen {
  readonly registry: Registry;
  readonly events: readonly CloudEvent[];
  /** Ids of the events that a sender was told were taken. */
  readonly accepted: ReadonlySet<string>;
  /** The safety net has come as often as it takes; before, everything must be there without it. */
  readonly isEnd: boolean;
}

export function brokenInvariants(
  cloud: Cloud,
  { registry, events, accepted, isEnd }: Seen,
): readonly string[] {
  const broken = new Set(cloud.broken);
  const places = new Map<string, string[]>();
  const tables = [...registry.tables.values()];
  for (const { table } of tables) {
    for (const { ce_id: id } of cloud.table(table) ?? []) places.set(id, [...(places.get(id) ?? []), table]);
  }
  const aside = setAside(cloud, broken);
  for (const event of events) {
    const found = places.get(event.id) ?? [];
    const expected = tableOf(event, registry);
    if (found.length > 1)
      broken.add(`an event is a row once, in one table: ${event.id} is in ${found.join()}`);
    else if (found.length === 1 && found[0] !== expected)
      broken.add(`an event is a row once, in one table: ${event.id} is in ${found[0]}, not ${expected}`);
    else if (found.length === 0 && accepted.has(event.id) && !aside.has(event.id)) {
      const rule = isEnd ? "an accepted event is a row" : "an accepted event is a row soon";
      broken.add(`${rule}: ${event.id} is not in ${expected}`);
    }
  }
  for (const prefix of [PENDING, PLANS, SPILL]) {
    const [left] = cloud.names(prefix);
    const rule = isEnd ? "nothing is left over" : "nothing is left over soon";
    if (left !== undefined) broken.add(`${rule}: ${left}`);
  }
  if (cloud.queue.size > 0)
    broken.add(`${isEnd ? "" : "soon "}the queue is empty: ${cloud.queue.size} messages`);
  if (!isEnd) return [...broken];

  const staging = [...cloud.tables.keys()].filter((name) => name.startsWith("staging_"));
  if (staging.some((name) => cloud.table(name) !== undefined))
    broken.add(`no staging table lives for more than a day: ${staging[0]}`);
  addBooks(
    cloud,
    tables.map(({ type }) => type),
    broken,
  );
  return [...broken];
}

/**
 * Ids of events that are out of the pipeline's way, where `pullhouse dead-letters` shows them. Each has deserved it: no
 * batcher survives a dead letter, BigQuery refuses an object for one of its rows, and nothing that can be read is put away
 * as unreadable.
 */
function setAside(cloud: Cloud, broken: Set<string>): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const name of cloud.names(QUARANTINE)) {
    if (name.endsWith(".reason.json")) continue;
    const lines = name.endsWith(".ndjson.gz") ? cloud.lines(name) : [];
    if (!lines.some((line) => line.includes(REFUSED)))
      broken.add(`what is set aside has deserved it: ${name} has nothing that BigQuery refuses`);
    for (const line of lines) ids.add((JSON.parse(line) as Row).ce_id);
  }
  for (const name of cloud.names(DEAD_LETTERS)) {
    const { attributes, data_base64 } = JSON.parse(String(cloud.objects.get(name)?.bytes)) as {
      attributes: Record<string, string>;
      data_base64: string;
    };
    const id = attributes["ce-id"] ?? "";
    if (!Buffer.from(data_base64, "base64").includes(DEADLY))
      broken.add(`what is set aside has deserved it: ${id} is a dead letter and kills no batcher`);
    ids.add(id);
  }
  return ids;
}

/**
 * The lines of `loads` are the loads: each plan once, and their sums the rows. An object may be in two: its mark may be
 * written again, by a request whose first answer was lost, after it was loaded.
 */
function addBooks(cloud: Cloud, types: readonly string[], broken: Set<string>): void {
  const plans = cloud.loads.map(({ plan }) => plan);
  if (new Set(plans).size !== plans.length) broken.add("a load is booked once: a plan has two lines");
  for (const type of types) {
    const booked = cloud.loads
      .filter((line) => line.type === type)
      .reduce((sum, { rows_inserted: rows }) => sum + rows, 0);
    const rows = cloud.table(tableNameOf(type))?.length ?? 0;
    if (booked !== rows) broken.add(`every row is booked: ${type} has ${rows} rows, ${booked} are booked`);
  }
}
