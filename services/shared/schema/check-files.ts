/** Reads a folder of schema files, with every problem of every file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PipelineError, reasonOf } from "../errors.ts";
import { type ColumnProblem, columnProblems, type Problem } from "./check-columns.ts";
import type { Column } from "./column.ts";

export const ENVELOPE = "envelope";
/** The books: a row per load, without an envelope. */
export const LOADS = "loads";
/** Where what cannot go into its own table is kept. */
export const UNREGISTERED = "unregistered_events";
export const REJECTED = "rejected_events";

/** Alone in its folder, it has all the others' columns by type, checked: what is left beside a bundle (build/schemas.ts). */
export const BUNDLED = "bundled";

export interface SchemaFiles {
  readonly directory: string;
  /** By type, in the order of names: the files with nothing wrong inside. */
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  /** The types of the other files. */
  readonly unreadable: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** `dev.chainguard.registry.pull.v1` becomes `dev_chainguard_registry_pull_v1`. */
export function tableNameOf(type: string): string {
  return type.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

/** In UTF-8 bytes (https://cloud.google.com/bigquery/docs/tables#table_naming); staging adds about 40 to it. */
const TABLE_NAME_MAX = 900;

/** @throws PipelineError SCHEMA_INVALID when the folder itself cannot be read */
export function readSchemaFiles(directory: string): SchemaFiles {
  const columns = new Map<string, readonly Column[]>();
  const unreadable = new Set<string>();
  const problems: Problem[] = [];
  const types = typesIn(directory);
  if (types.length === 1 && types[0] === BUNDLED) return readBundled(directory);
  for (const type of types) {
    const file = `${type}.json`;
    const parsed = parseSchemaFile(readFileSync(join(directory, file), "utf8"));
    if ("columns" in parsed) columns.set(type, parsed.columns);
    else {
      unreadable.add(type);
      problems.push(...parsed.problems.map((problem) => ({ file, ...problem })));
    }
  }
  for (const needed of [ENVELOPE, LOADS, UNREGISTERED, REJECTED])
    if (!types.includes(needed)) problems.push({ file: `${needed}.json`, path: "", text: "is missing" });
  problems.push(...sharedTables(types), ...envelopeTwins(columns));
  return { directory, columns, unreadable, problems };
}

/** A hundred files take longer to read and to judge than all else that a service does before it listens. */
function readBundled(directory: string): SchemaFiles {
  const text = readFileSync(join(directory, `${BUNDLED}.json`), "utf8");
  const columns = new Map(Object.entries(JSON.parse(text) as Record<string, readonly Column[]>));
  return { directory, columns, unreadable: new Set(), problems: [] };
}

function typesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -".json".length))
      .toSorted();
  } catch (error) {
    const message = `the folder of the schema files cannot be read: ${reasonOf(error)}`;
    throw new PipelineError("SCHEMA_INVALID", "never", message, { cause: error });
  }
}

type ParsedFile =
  | { readonly columns: readonly Column[] }
  | { readonly problems: readonly [ColumnProblem, ...ColumnProblem[]] };

/** The columns, or what is wrong with them. */
export function parseSchemaFile(text: string): ParsedFile {
  try {
    const columns = JSON.parse(text) as unknown;
    const [first, ...others] = columnProblems(columns);
    return first === undefined ? { columns: columns as readonly Column[] } : { problems: [first, ...others] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problems: [{ path: "", text: `is no JSON: ${error.message}` }] };
  }
}

/** A dataset may be told to ignore case (https://cloud.google.com/bigquery/docs/datasets#dataset_limitations), so names differ in more. */
function sharedTables(types: readonly string[]): readonly Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  for (const type of types) {
    const file = `${type}.json`;
    const table = tableNameOf(type);
    const owner = owners.get(table.toLowerCase());
    if (owner !== undefined)
      problems.push({ file, path: "", text: `would share the table ${table} with ${owner}.json` });
    else owners.set(table.toLowerCase(), type);
    if (table.length > TABLE_NAME_MAX)
      problems.push({ file, path: "", text: `has a name of more than ${TABLE_NAME_MAX} characters` });
    if (/^staging_/i.test(table))
      problems.push({ file, path: "", text: "begins with staging_, as only the loader's own tables do" });
  }
  return problems;
}

function envelopeTwins(files: SchemaFiles["columns"]): readonly Problem[] {
  const taken = new Set((files.get(ENVELOPE) ?? []).map(({ name }) => name.toLowerCase()));
  return [...files]
    .filter(([type]) => type !== ENVELOPE && type !== LOADS)
    .flatMap(([type, columns]) =>
      columns
        .filter(({ name }) => taken.has(name.toLowerCase()))
        .map(({ name }) => ({
          file: `${type}.json`,
          path: name,
          text: `is a column of the envelope: call it data_${name.toLowerCase()}`,
        })),
    );
}
