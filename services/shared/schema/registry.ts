/** All event types that have a table: one schema file each, behind the envelope's columns. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { PipelineError } from "../errors.ts";
import type { TableSpec } from "../ports.ts";
import type { Problem } from "./check-columns.ts";
import {
  BUNDLED,
  ENVELOPE,
  LOADS,
  REJECTED,
  readSchemaFiles,
  tableNameOf,
  UNREGISTERED,
} from "./check-files.ts";
import type { Column } from "./column.ts";

export { tableNameOf };

/** No sender can name these as its type. */
const RESERVED = new Set<string>([ENVELOPE, UNREGISTERED, REJECTED, LOADS]);

/**
 * The table's partition. A merge gives the range of its rows' times, by which BigQuery can leave out blocks of the day where
 * time comes first; ids are random, and those of any load are in all blocks.
 */
const PARTITION_COLUMN = "ce_time";
const CLUSTERING = ["ce_time", "ce_source", "ce_id"] as const;

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

/** The folder `schemas` of the checkout, or the one beside a bundle: the nearest above this file. */
export function schemasFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const schemas = join(folder, "schemas");
    if ([ENVELOPE, BUNDLED].some((file) => existsSync(join(schemas, `${file}.json`)))) return schemas;
    if (folder === dirname(folder))
      throw new PipelineError("SCHEMA_INVALID", "never", "there is no folder schemas");
  }
}

/**
 * Reads every schema file of the folder.
 * @throws PipelineError SCHEMA_INVALID with one line per problem, each with its file
 */
export function loadRegistry(directory: string = schemasFolder()): Registry {
  const { columns: files, problems } = readSchemaFiles(directory);
  if (problems.length > 0)
    throw new PipelineError("SCHEMA_INVALID", "never", problems.map(problemLine).join("\n"));
  const envelope = files.get(ENVELOPE) ?? [];
  const otherNames = new Map(envelope.map(({ name }) => [name, `data_${name}`]));
  const tables = new Map<string, EventTable>();
  for (const [type, own] of files) {
    if (type === ENVELOPE || type === LOADS) continue;
    tables.set(type, {
      type,
      table: tableNameOf(type),
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
    unregistered: tables.get(UNREGISTERED) as EventTable,
    rejected: tables.get(REJECTED) as EventTable,
    loads: {
      name: LOADS,
      columns: files.get(LOADS) ?? [],
      partitionColumn: "loaded_at",
      clustering: ["type"],
      description: "What each load did: its objects, rows, jobs and times. `pullhouse prove` balances it.",
    },
  };
}

/** `dev.example.scan.v1.json: body.severity has the type "TEXT": …` */
export function problemLine({ file, path, text }: Problem): string {
  return `${file}: ${path}${path === "" ? "" : " "}${text}`;
}
