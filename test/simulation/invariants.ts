/** What must hold in the end, whatever happened; the invariants of docs/reliability.md, by their names there. */
import type { CloudEvent } from "#services/shared/event.ts";
import { DEAD_LETTERS, PENDING, PLANS, QUARANTINE, SPILL } from "#services/shared/objects.ts";
import { type Registry, tableNameOf } from "#services/shared/schema/registry.ts";
import type { Cloud, Row } from "./cloud.ts";
import { tableOf } from "./events.ts";

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
  const aside = setAside(cloud);
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

/** Ids of events that are out of the pipeline's way, where `pullhouse dead-letters` shows them. */
function setAside(cloud: Cloud): ReadonlySet<string> {
  const rows = cloud
    .names(QUARANTINE)
    .filter((name) => name.endsWith(".ndjson.gz"))
    .flatMap((name) => cloud.lines(name).map((line) => (JSON.parse(line) as Row).ce_id));
  const letters = cloud.names(DEAD_LETTERS).map((name) => {
    const { attributes } = JSON.parse(cloud.objects.get(name)?.bytes.toString() ?? "{}") as {
      attributes: Record<string, string>;
    };
    return attributes["ce-id"] ?? "";
  });
  return new Set([...rows, ...letters]);
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
