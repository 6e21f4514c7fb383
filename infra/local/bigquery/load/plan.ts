/** What a load job does to its table, decided before the first row is read. */
import type { Session } from "../database.ts";
import { duplicate, invalid, notFound } from "../errors.ts";
import { type Partitioning, partitioningOf } from "../partitions.ts";
import { changeSchema } from "../schema/change.ts";
import { type Field, modeOf } from "../schema/fields.ts";
import { findDataset } from "../store/datasets.ts";
import { fieldsOf, findTable, sqlName, type TableRow } from "../store/tables.ts";
import { fullName } from "../table-name.ts";
import type { LoadConfiguration } from "./configuration.ts";

/** Statements run before the rows are inserted, in the same transaction. */
export type Plan = {
  /** The columns that rows may have. */
  readonly fields: readonly Field[];
  /** The destination's. */
  readonly partitioning: Partitioning | undefined;
  readonly change:
    | { readonly kind: "none" }
    | { readonly kind: "create" }
    | { readonly kind: "empty" }
    | { readonly kind: "replace"; readonly row: TableRow }
    | {
        readonly kind: "alter";
        readonly row: TableRow;
        readonly fields: readonly Field[];
        readonly clauses: readonly string[];
      };
};

/** @throws BigQueryError in Google's words when the table, its schema and the dispositions do not go together */
export async function planLoad(session: Session, project: string, load: LoadConfiguration): Promise<Plan> {
  const row = await findTable(session, load.destination);
  const plan = await planChange(session, project, load, row);
  return { ...plan, partitioning: partitioningOf(row?.resource ?? load.tableProperties) };
}

type Change = Omit<Plan, "partitioning">;

async function planChange(
  session: Session,
  project: string,
  load: LoadConfiguration,
  row: TableRow | undefined,
): Promise<Change> {
  const name = load.destination;
  const label = fullName(project, name);
  if (!(await findDataset(session, name.dataset))) throw notFound(`Dataset ${project}:${name.dataset}`);
  if (!row) {
    if (!load.createIfNeeded) throw notFound(`Table ${label}`);
    if (load.fields === undefined) throw invalid(`No schema specified on job or table: ${label}`);
    return { fields: load.fields, change: { kind: "create" } };
  }
  if (row.kind === "VIEW")
    throw invalid(`${label} is not allowed for this operation because it is currently a VIEW.`);
  const present = fieldsOf(row);
  if (load.writeDisposition === "WRITE_EMPTY" && (await hasRows(session, row)))
    throw duplicate(`Table ${label}`);
  if (present.length === 0) {
    if (load.fields === undefined) throw invalid(`No schema specified on job or table: ${label}`);
    return { fields: load.fields, change: { kind: "replace", row } };
  }
  if (load.writeDisposition === "WRITE_TRUNCATE") {
    if (load.fields === undefined) return { fields: present, change: { kind: "empty" } };
    return { fields: load.fields, change: { kind: "replace", row } };
  }
  return load.fields === undefined
    ? { fields: present, change: { kind: "none" } }
    : append(label, row, present, load.fields, load);
}

function append(
  label: string,
  row: TableRow,
  present: readonly Field[],
  given: readonly Field[],
  load: LoadConfiguration,
): Change {
  const { fields, clauses, added, relaxed } = changeSchema(label, present, overlay(label, present, given));
  const refuse = (what: string): never => {
    throw invalid(`Provided Schema does not match Table ${label}. ${what}`);
  };
  if (added.length > 0 && !load.allowAddition) refuse(`Cannot add fields (field: ${added[0]})`);
  if (relaxed.length > 0 && !load.allowRelaxation) {
    refuse(`Field ${relaxed[0]} has changed mode from REQUIRED to NULLABLE`);
  }
  const names = new Set(given.map((field) => field.name.toLowerCase()));
  const rows = fields.filter((field) => names.has(field.name.toLowerCase()));
  if (clauses.length === 0 && relaxed.length === 0) return { fields: rows, change: { kind: "none" } };
  return { fields: rows, change: { kind: "alter", row, fields, clauses } };
}

/** A job's schema may leave out columns that may be empty. */
function overlay(label: string, present: readonly Field[], given: readonly Field[]): readonly Field[] {
  const byName = new Map(given.map((field) => [field.name.toLowerCase(), field]));
  const kept = present.map((field) => {
    const over = byName.get(field.name.toLowerCase());
    if (over === undefined) {
      if (modeOf(field) !== "REQUIRED") return field;
      throw invalid(
        `Provided Schema does not match Table ${label}. Field ${field.name} is missing in new schema`,
      );
    }
    const nested = field.fields && over.fields ? { fields: overlay(label, field.fields, over.fields) } : {};
    return { ...field, type: over.type, mode: modeOf(over), ...nested };
  });
  const names = new Set(present.map((field) => field.name.toLowerCase()));
  return [...kept, ...given.filter((field) => !names.has(field.name.toLowerCase()))];
}

async function hasRows(session: Session, row: TableRow): Promise<boolean> {
  if (fieldsOf(row).length === 0) return false;
  return (await session.rows(`SELECT 1 FROM ${sqlName(row)} LIMIT 1`)).length > 0;
}
