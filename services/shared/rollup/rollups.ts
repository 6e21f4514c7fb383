/** The tables of a day's counts: one documented GoogleSQL file each, in `schemas/rollups`, that makes a day's rows from the views. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PipelineError, reasonOf } from "../errors.ts";
import type { TableSpec } from "../ports.ts";
import { COLUMN_TYPES, type Column, type ColumnType } from "../schema/column.ts";
import { type Entry, readFrontComment } from "../schema/front-comment.ts";
import { type Registry, schemasFolder } from "../schema/registry.ts";
import { loadViews, type SqlText, sqlText, type View } from "../schema/views.ts";

export interface Rollup {
  readonly table: TableSpec & { readonly description: string };
  /** Makes the rows of the days that its views are bounded to. */
  readonly text: SqlText;
}

export interface Rollups {
  readonly all: readonly Rollup[];
  readonly views: ReadonlyMap<string, View>;
  /** Types of the events that the rollups count. */
  readonly types: readonly string[];
  /** Changes with every text that a day's rows are made by: rows of another definition are not these. */
  readonly definition: string;
}

/** One row for each time that a day was rolled up. */
export const ROLLED_UP: TableSpec = {
  name: "rolled_up",
  partitionColumn: "day",
  description: "Which days the daily_ tables hold, and what of them was loaded when they were counted.",
  columns: [
    { name: "day", type: "DATE", description: "Day in UTC. The partition." },
    { name: "definition", type: "STRING", description: "Digest of the statements that counted it." },
    {
      name: "loads",
      type: "INTEGER",
      description: "Loads that had rows of it, or within ten minutes of it, when it was counted.",
    },
    { name: "rolled_up_at", type: "TIMESTAMP", description: "When it had been counted." },
  ],
};

/** Names that are kept for rollups, those of other versions among them. */
export const isRollupName = (name: string) => /^(?:daily_\w+|rolled_up)$/i.test(name);

/** As BigQuery's tables are best read: by the image or the identity that is asked for. */
const CLUSTERING: Readonly<Record<string, readonly string[]>> = {
  daily_pulls: ["registry", "repository", "outcome"],
  daily_identities: ["account"],
  daily_tags: ["registry", "repository", "tag"],
};

/** @throws PipelineError SCHEMA_INVALID naming the file that is wrong */
export function loadRollups(registry: Registry, folder: string = schemasFolder()): Rollups {
  const directory = join(folder, "rollups");
  // A folder of own schemas may have none.
  if (!existsSync(directory)) return { all: [], views: new Map(), types: [], definition: "" };
  const views = new Map(loadViews(registry, join(folder, "views")).map((view) => [view.name, view]));
  const all = readdirSync(directory)
    .filter((file) => file.endsWith(".sql"))
    .toSorted()
    .map((file) => read(registry, folder, file));
  const named = new Set<string>();
  const visit = (names: readonly string[]) => {
    for (const name of names) {
      named.add(name);
      visit(views.get(name)?.reads ?? []);
    }
  };
  visit(all.flatMap(({ text }) => text.reads));
  const texts = [...all, ...[...views.values()].filter(({ name }) => named.has(name))].map(({ text }) =>
    text.fill((name) => name),
  );
  return {
    all,
    views,
    types: [...registry.tables.values()].filter(({ table }) => named.has(table)).map(({ type }) => type),
    definition: createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16),
  };
}

/** Tables of this project that no event goes into: the provisioner and Terraform make them. */
export function rollupTables(rollups: Rollups): readonly TableSpec[] {
  return [...rollups.all.map(({ table }) => table), ROLLED_UP];
}

function read(registry: Registry, folder: string, file: string): Rollup {
  try {
    const { words, entries, sql } = readFrontComment(readFileSync(join(folder, "rollups", file), "utf8"));
    const name = file.slice(0, -".sql".length);
    const clustering = CLUSTERING[name];
    return {
      table: {
        name,
        columns: columnsOf(entries),
        partitionColumn: "day",
        description: words,
        ...(clustering === undefined ? {} : { clustering }),
      },
      text: sqlText(registry, sql, join(folder, "views", "parts")),
    };
  } catch (error) {
    throw new PipelineError("SCHEMA_INVALID", "never", `rollups/${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const COLUMN = /^([a-z_]+)(?:\.([a-z_]+))? ([A-Z]+)(?: (ARRAY))?$/;

/** `name TYPE`, `name TYPE ARRAY`, or `name ARRAY` with its fields behind it as `name.field TYPE`. */
function columnsOf(entries: readonly Entry[]): readonly Column[] {
  const columns: (Column & { fields?: Column[] })[] = [];
  for (const { name: entry, text: description } of entries) {
    const [, name = "", field, type = "", array] = COLUMN.exec(entry) ?? [];
    const parent = columns.at(-1);
    if (type === "ARRAY" && field === undefined)
      columns.push({ name, type: "RECORD", mode: "REPEATED", description, fields: [] });
    else if (!isType(type)) throw new Error(`"${entry}" is no column: it takes a name and a type`);
    else if (field === undefined)
      columns.push({ name, type, ...(array === undefined ? {} : { mode: "REPEATED" }), description });
    else if (parent?.fields !== undefined && parent.name === name)
      parent.fields.push({ name: field, type, description });
    else throw new Error(`"${entry}" does not follow its array`);
  }
  return columns;
}

function isType(text: string): text is ColumnType {
  return (COLUMN_TYPES as readonly string[]).includes(text);
}
