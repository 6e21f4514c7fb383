/** What must hold in the end, whatever happened; the invariants of docs/internals/reliability.md, by their names there. */
import { DEAD_LETTERS, EVENTS, PENDING, PLANS, QUARANTINE, SPILL } from "#services/shared/objects.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";
import { REFUSED, type Row, UNMERGEABLE } from "./bigquery.ts";
import type { Cloud } from "./cloud.ts";
import { identityOf, type SentEvent } from "./events.ts";
import { DEADLY } from "./instance.ts";
import { NEW_COLUMN, newer } from "./versions.ts";

export interface Seen {
  readonly events: readonly SentEvent[];
  /** Identities of the events that a sender was told were taken. */
  readonly accepted: ReadonlySet<string>;
  /** The tables that receivers decided on for an event: two, where it was sent twice to receivers of two versions. */
  readonly decided: ReadonlyMap<string, ReadonlySet<string>>;
  /** Then a batcher that does not know an event's table writes it as it can. */
  readonly isRolledBack: boolean;
  /** The safety net has come as often as it takes; before, everything must be there without it. */
  readonly isEnd: boolean;
}

export function brokenInvariants(
  cloud: Cloud,
  { events, accepted, decided, isRolledBack, isEnd }: Seen,
): readonly string[] {
  const broken = new Set(cloud.broken);
  const { bigquery } = cloud;
  const places = new Map<string, string[]>();
  for (const { table } of newer.tables.values())
    for (const row of bigquery.rows(table))
      places.set(identityIn(row), [...(places.get(identityIn(row)) ?? []), table]);
  const gone = new Set(bigquery.gone.map(({ row }) => identityIn(row)));
  const aside = setAside(cloud, broken);
  for (const { sender, event } of events) {
    const id = identityOf(sender, event.id);
    const found = places.get(id) ?? [];
    const expected = decided.get(id) ?? new Set();
    // Rolled back, the older batcher writes what the newer one may have written and not acknowledged.
    const most = expected.size + (isRolledBack && found.some(isRaw) ? 1 : 0);
    if (found.length > most || new Set(found).size < found.length)
      broken.add(`an event is a row once, in one table: ${id} is in ${found.join()}`);
    else if (found.some((table) => !expected.has(table) && !(isRolledBack && isRaw(table))))
      broken.add(
        `an event is a row once, in one table: ${id} is in ${found.join()}, not ${[...expected].join()}`,
      );
    else if (found.length === 0 && accepted.has(id) && !aside.has(id) && !gone.has(id)) {
      const rule = isEnd ? "an accepted event is a row" : "an accepted event is a row soon";
      broken.add(`${rule}: ${id} is not in ${[...expected].join()}`);
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

  addValues(cloud, gone, broken);
  addBooks(cloud, broken);
  return [...broken];
}

/**
 * Identities of events that are out of the pipeline's way, where `pullhouse dead-letters` shows them. Each has deserved it: no
 * batcher survives a dead letter, and BigQuery refuses an object for one of its rows.
 */
function setAside(cloud: Cloud, broken: Set<string>): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const name of cloud.names(QUARANTINE)) {
    if (name.endsWith(".reason.json")) continue;
    const lines = name.endsWith(".ndjson.gz") ? cloud.lines(name) : [];
    if (!lines.some((line) => line.includes(REFUSED) || line.includes(UNMERGEABLE)))
      broken.add(
        `what is set aside has deserved it: ${name} has nothing that BigQuery refuses; ${reasonOf(cloud, name)}`,
      );
    for (const line of lines) ids.add(identityIn(JSON.parse(line) as Row));
  }
  for (const name of cloud.names(DEAD_LETTERS)) {
    const { attributes, data_base64: data } = JSON.parse(String(cloud.objects.get(name)?.bytes)) as {
      attributes: Record<string, string>;
      data_base64: string;
    };
    const id = identityOf(attributes["pullhouse-source"], attributes["ce-id"]);
    if (!Buffer.from(data, "base64").includes(DEADLY))
      broken.add(`what is set aside has deserved it: ${id} is a dead letter and kills no batcher`);
    ids.add(id);
  }
  return ids;
}

const identityIn = (row: Row) => identityOf(row["source"], row.ce_id);

const isRaw = (table: string) => table === newer.unregistered.table || table === newer.rejected.table;

function reasonOf(cloud: Cloud, name: string): string {
  return String(cloud.objects.get(name.replace(".ndjson.gz", ".reason.json"))?.bytes).slice(0, 300);
}

/** A value that a batcher gave its column is in the table. */
function addValues(cloud: Cloud, gone: ReadonlySet<string>, broken: Set<string>): void {
  const written = new Map<string, Set<unknown>>();
  for (const name of cloud.names(EVENTS))
    for (const line of cloud.lines(name)) {
      const row = JSON.parse(line) as Row;
      const id = identityIn(row);
      written.set(id, (written.get(id) ?? new Set()).add(row[NEW_COLUMN]));
    }
  for (const { table } of newer.tables.values())
    for (const row of cloud.bigquery.rows(table)) {
      const id = identityIn(row);
      const values = written.get(id);
      if (values === undefined || gone.has(id) || values.has(row[NEW_COLUMN])) continue;
      broken.add(`no column's value is lost: ${id} has ${String(row[NEW_COLUMN])} in ${table}`);
    }
}

/**
 * The lines of `loads` are the loads: each plan once, and their sums the rows. An object may be in two: its mark may be
 * written again, by a request whose first answer was lost, after it was loaded.
 */
function addBooks({ bigquery }: Cloud, broken: Set<string>): void {
  const plans = bigquery.loads.map(({ plan }) => plan);
  if (new Set(plans).size !== plans.length) broken.add("a load is booked once: a plan has two lines");
  for (const type of newer.tables.keys()) {
    const table = tableNameOf(type);
    const booked = bigquery.loads
      .filter((line) => line.type === type)
      .reduce((sum, { rows_inserted: rows }) => sum + rows, 0);
    const rows = bigquery.rows(table).length + bigquery.gone.filter((one) => one.table === table).length;
    if (booked !== rows) broken.add(`every row is booked: ${type} has ${rows} rows, ${booked} are booked`);
  }
}
