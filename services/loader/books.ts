/** What a load did, as one row of the table `loads`: the durable write between the MERGE and the end of its marks. */

import { timesOf } from "#services/shared/objects.ts";
import type { JobOutcome, Warehouse } from "#services/shared/ports.ts";
import { FOLD_MARGIN_MS } from "#services/shared/rollup/bounded.ts";
import type { Column } from "#services/shared/schema/column.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { daysOf } from "#services/shared/times.ts";
import { labelsOf } from "./labels.ts";
import type { Plan } from "./plan.ts";
import type { RefusedObject, Staged } from "./stage.ts";

export interface Merged {
  readonly job: string;
  readonly inserted: number;
}

/** What the warehouse's jobs did for a plan. */
export interface Done {
  readonly plan: Plan;
  /** The name of the table that its rows went into. */
  readonly table: string;
  readonly staged: Staged;
  /** `null` when every object was refused. */
  readonly merged: Merged | null;
  /** From the start to the end of the MERGE. */
  readonly milliseconds: number;
}

interface BookPorts {
  readonly warehouse: Warehouse;
  readonly registry: Registry;
}

/** BigQuery's own words can be long; the whole of them is beside the object in quarantine/. */
const REASON_MAX = 1_000;

export function bookJobId({ id, bookings }: Plan): string {
  return bookings === 0 ? `pullhouse-book-${id}` : `pullhouse-book-${id}-${bookings}`;
}

/**
 * Books a plan once, however often it is asked: the id of the job is made from the plan's. A job that failed has spent its id
 * and inserted nothing; the plan counts such jobs, so that all loaders go on to the same next id.
 * @throws PipelineError WAREHOUSE_UNAVAILABLE when the outcome is not known
 */
export async function book(done: Done, { warehouse, registry }: BookPorts): Promise<JobOutcome> {
  const { plan } = done;
  const insert = bookStatement(warehouse.quoted(registry.loads.name), registry.loads.columns);
  return warehouse.execute(bookJobId(plan), insert, { book: JSON.stringify(bookOf(done)) }, labelsOf(plan));
}

/** Everything as one JSON text in a parameter: nothing has to be quoted, and a plan of 10,000 objects fits. */
function bookOf({ plan, table, staged, merged, milliseconds }: Done): object {
  const refused = new Map(staged.refused.map((one) => [one.object, one]));
  const taken = plan.objects.filter((object) => !refused.has(object));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const inserted = merged?.inserted ?? 0;
  return {
    plan: plan.id,
    type: plan.type,
    table,
    objects: plan.objects.map((object) => objectOf(object, refused.get(object))),
    rows_staged: staged.rows,
    rows_inserted: inserted,
    duplicates: staged.rows - inserted,
    rows_set_aside: sum(staged.refused.map(({ object }) => object.rows)),
    bytes: sum(plan.objects.map(({ bytes }) => bytes)),
    load_jobs: staged.jobs,
    merge_job: merged?.job,
    seconds: milliseconds / 1000,
    oldest_received_at: plan.objects.flatMap(({ oldestReceivedAt }) => oldestReceivedAt ?? []).toSorted()[0],
    oldest_drained_at: plan.objects.map(({ drainedAt }) => drainedAt).toSorted()[0],
    min_ce_time: taken.flatMap(({ minTime }) => minTime ?? []).toSorted()[0],
    max_ce_time: taken
      .flatMap(({ maxTime }) => maxTime ?? [])
      .toSorted()
      .at(-1),
    untimed: sum(taken.map(({ untimed }) => untimed)),
    days: daysOf(timesOf(taken), FOLD_MARGIN_MS),
  };
}

function objectOf(object: Plan["objects"][number], refused: RefusedObject | undefined): object {
  const { rows, bytes, sha256, drainedAt } = object;
  return {
    object: object.object,
    rows,
    bytes,
    sha256,
    drained_at: drainedAt,
    set_aside: refused !== undefined,
    reason: refused?.reason.slice(0, REASON_MAX),
  };
}

/** Reads no table, so it costs nothing. */
export function bookStatement(loads: string, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => `\`${name}\``);
  const values = columns.map((column) =>
    column.name === "loaded_at" ? "CURRENT_TIMESTAMP()" : valueOf(column, "book"),
  );
  return `INSERT INTO ${loads} (${names.join(", ")})
SELECT
  ${values.join(",\n  ")}
FROM (SELECT PARSE_JSON(@book) AS book)`;
}

const SQL_TYPES: Partial<Record<Column["type"], string>> = {
  INTEGER: "INT64",
  FLOAT: "FLOAT64",
  BOOLEAN: "BOOL",
};

/** A column's value out of a JSON value; a time that BigQuery does not know becomes NULL rather than a refusal. */
function valueOf({ name, type, mode, fields }: Column, json: string): string {
  const path = `${json}, '$.${name}'`;
  if (mode === "REPEATED" && fields !== undefined) {
    const inner = fields.map((field) => `${valueOf(field, "item")} AS \`${field.name}\``);
    return `ARRAY(SELECT AS STRUCT ${inner.join(", ")} FROM UNNEST(JSON_QUERY_ARRAY(${path})) AS item)`;
  }
  if (mode === "REPEATED" && type === "STRING") return `JSON_VALUE_ARRAY(${path})`;
  if (mode === "REPEATED")
    return `ARRAY(SELECT CAST(item AS ${SQL_TYPES[type] ?? type}) FROM UNNEST(JSON_VALUE_ARRAY(${path})) AS item)`;
  if (type === "STRING") return `JSON_VALUE(${path})`;
  return `SAFE_CAST(JSON_VALUE(${path}) AS ${SQL_TYPES[type] ?? type})`;
}
