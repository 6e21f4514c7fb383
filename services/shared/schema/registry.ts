/** All event types that have a table: one schema file each, behind the envelope's columns. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PipelineError, reasonOf } from "../errors.ts";
import type { TableSpec } from "../ports.ts";
import { COLUMN_TYPES, type Column } from "./column.ts";

/** Where what cannot go into its own table is kept; no sender can name these as its type. */
const UNREGISTERED = "unregistered_events";
const REJECTED = "rejected_events";

const ENVELOPE = "envelope";
/** The books: a row per load, without an envelope. */
const LOADS = "loads";
const RESERVED = new Set<string>([ENVELOPE, UNREGISTERED, REJECTED, LOADS]);

/** The table's partition, and what a merge and a look-up of one event read. */
const PARTITION_COLUMN = "ce_time";
const CLUSTERING = ["ce_source", "ce_id"] as const;

/**
 * Senders whose types have no one shape: Chainguard's API events (one type for several versions of the API, protojson
 * in one place and Go's JSON in another), Mirantis' and Harbor's (documented by clipped examples). Nothing of theirs is
 * wrong for not being as documented.
 */
const MANY_SHAPES = ["dev.chainguard.api.", "com.mirantis.msr.", "harbor."];

/**
 * What becomes of a value that does not fit its column: it is a reason to reject the event, or it is kept in `extra`
 * like a field without a column, and the column stays NULL.
 */
export type Misfits = "reject" | "keep";

export interface EventTable {
  /** CloudEvents type, or the name of one of the two tables for what has none; also the folder of its objects. */
  readonly type: string;
  readonly table: string;
  /** The event's own columns, as its schema file has them. */
  readonly own: readonly Column[];
  /** Envelope and own columns: the table's. */
  readonly columns: readonly Column[];
  readonly misfits: Misfits;
  /** The columns of fields that are called like a column of the envelope: `source` is in `data_source`. */
  readonly otherNames: ReadonlyMap<string, string>;
  readonly partitionColumn: string;
  readonly clustering: readonly string[];
}

export interface Registry {
  /** Every table by its type, the two for what has no table of its own included. */
  readonly tables: ReadonlyMap<string, EventTable>;
  /** The table of an event type; `undefined` when the type has no schema. */
  find(type: string): EventTable | undefined;
  readonly unregistered: EventTable;
  readonly rejected: EventTable;
  /** Where the loader books what it did. */
  readonly loads: TableSpec & { readonly partitionColumn: string };
}

/** `dev.chainguard.registry.pull.v1` becomes `dev_chainguard_registry_pull_v1`. */
export function tableNameOf(type: string): string {
  return type.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

/** The folder `schemas` of the checkout, or the one beside a bundle: the nearest above this file. */
export function schemasFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "schemas", `${ENVELOPE}.json`))) return join(folder, "schemas");
    if (folder === dirname(folder))
      throw new PipelineError("SCHEMA_INVALID", "never", "there is no folder schemas");
  }
}

/**
 * Reads every schema file of the folder.
 * @throws PipelineError SCHEMA_INVALID naming the file that is wrong
 */
export function loadRegistry(directory: string = schemasFolder()): Registry {
  const envelope = readColumns(directory, ENVELOPE);
  const taken = new Set(envelope.map(({ name }) => name.toLowerCase()));
  const otherNames = new Map(envelope.map(({ name }) => [name, `data_${name}`]));
  const tables = new Map<string, EventTable>();
  const owners = new Map<string, string>();
  const types = readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .filter((type) => type !== ENVELOPE && type !== LOADS)
    .toSorted();
  for (const type of types) {
    const table = tableNameOf(type);
    const owner = owners.get(table);
    if (owner !== undefined) {
      throw new PipelineError(
        "SCHEMA_INVALID",
        "never",
        `${type} and ${owner} would share the table ${table}`,
      );
    }
    owners.set(table, type);
    const own = readColumns(directory, type);
    const twice = own.find(({ name }) => taken.has(name.toLowerCase()));
    if (twice !== undefined) {
      throw new PipelineError(
        "SCHEMA_INVALID",
        "never",
        `${type}.json: the envelope has ${twice.name}; call it data_${twice.name}`,
      );
    }
    tables.set(type, {
      type,
      table,
      own,
      columns: [...envelope, ...own],
      misfits: MANY_SHAPES.some((prefix) => type.startsWith(prefix)) ? "keep" : "reject",
      otherNames,
      partitionColumn: PARTITION_COLUMN,
      clustering: CLUSTERING,
    });
  }
  return {
    tables,
    find: (type) => (RESERVED.has(type) ? undefined : tables.get(type)),
    unregistered: required(tables, UNREGISTERED),
    rejected: required(tables, REJECTED),
    loads: {
      name: LOADS,
      columns: readColumns(directory, LOADS),
      partitionColumn: "loaded_at",
      clustering: ["type"],
      description: "What each load did: its objects, rows, jobs and times. `pullhouse prove` balances it.",
    },
  };
}

function required(tables: ReadonlyMap<string, EventTable>, type: string): EventTable {
  const table = tables.get(type);
  if (table === undefined) throw new PipelineError("SCHEMA_INVALID", "never", `${type}.json is missing`);
  return table;
}

function readColumns(directory: string, type: string): readonly Column[] {
  const file = `${type}.json`;
  try {
    const columns = JSON.parse(readFileSync(`${directory}/${file}`, "utf8")) as unknown;
    checkColumns(columns, "");
    return columns as readonly Column[];
  } catch (error) {
    throw new PipelineError("SCHEMA_INVALID", "never", `${file}: ${reasonOf(error)}`, { cause: error });
  }
}

const MODES = new Set(["NULLABLE", "REQUIRED", "REPEATED"]);

function checkColumns(columns: unknown, path: string): void {
  if (!Array.isArray(columns) || columns.length === 0)
    throw new Error(`${path || "the file"} has no columns`);
  const names = new Set<string>();
  for (const column of columns as Partial<Column>[]) {
    const at = `${path}${column.name ?? "?"}`;
    if (!column.name || column.name.length > 300) throw new Error(`${at} is no name for a column`);
    if (names.has(column.name.toLowerCase())) throw new Error(`${at} stands twice (BigQuery ignores case)`);
    names.add(column.name.toLowerCase());
    if (!COLUMN_TYPES.includes(column.type as Column["type"]))
      throw new Error(`${at} has the type ${column.type}`);
    if (column.mode !== undefined && !MODES.has(column.mode))
      throw new Error(`${at} has the mode ${column.mode}`);
    if (column.type === "RECORD") checkColumns(column.fields, `${at}.`);
    else if (column.fields !== undefined) throw new Error(`${at} has fields but is no RECORD`);
  }
}
