/** The views over the events' tables: one documented GoogleSQL file each, in `schemas/views`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PipelineError, reasonOf } from "../errors.ts";
import { ownerOf } from "../type-owners.ts";
import { type Entry, readFrontComment } from "./front-comment.ts";
import { type Registry, schemasFolder } from "./registry.ts";

export interface View {
  readonly name: string;
  readonly description: string;
  /** Every column with its description, in the order of the file's comment. */
  readonly columns: readonly Entry[];
  readonly text: SqlText;
  /** Tables and other views that it reads. */
  readonly reads: readonly string[];
  /** GoogleSQL, its tables in the dataset: `project.dataset`, as a view's query must name them. */
  query(dataset: string): string;
}

/** GoogleSQL of a file before its tables are named and its times are bounded. */
export interface SqlText {
  /** Tables and views that it names. */
  readonly reads: readonly string[];
  /**
   * @param tableOf what stands for a table or a view, with its quotes
   * @param condition to be added where rows of events are read, by the expression of their time; `undefined` for all rows
   */
  fill(tableOf: (name: string) => string, condition?: (time: string) => string): string;
}

/**
 * `{dataset}.name` is a table or a view. `{events}.name` is a table's rows that the owner of its type posted, as `event`, with the column
 * `happened_at`. `{name}` alone is the text of `parts/name.sql`.
 */
const EVENTS = /`\{events\}\.(\w+)`/g;
const TABLE = /`\{dataset\}\.(\w+)`/g;
const PART = /\{(?!dataset\})([a-z_]+)\}/g;
/** Where the times of an event's rows can be bounded, with the expression of the time. */
const BOUND = / AND \{bound ([^}]+)\}/g;

/**
 * Every view, each behind those that it reads.
 * @throws PipelineError SCHEMA_INVALID naming the file that is wrong
 */
export function loadViews(registry: Registry, directory = join(schemasFolder(), "views")): readonly View[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".sql"));
  const views = new Map(
    files.toSorted().map((file) => [file.slice(0, -".sql".length), read(registry, directory, file)]),
  );
  const tables = new Set([...registry.tables.values()].map(({ table }) => table));
  const ordered = new Set<View>();
  const visit = (view: View, path: readonly string[]) => {
    if (path.includes(view.name)) throw wrong(`${view.name}.sql`, `it reads itself: ${path.join(", ")}`);
    for (const name of view.reads) {
      const inner = views.get(name);
      if (inner !== undefined) visit(inner, [...path, view.name]);
      else if (!tables.has(name)) throw wrong(`${view.name}.sql`, `there is no table or view ${name}`);
    }
    if (tables.has(view.name)) throw wrong(`${view.name}.sql`, "a table has this name");
    ordered.add(view);
  };
  for (const view of views.values()) visit(view, []);
  return [...ordered];
}

function read(registry: Registry, directory: string, file: string): View {
  try {
    const { words, entries, sql } = readFrontComment(readFileSync(join(directory, file), "utf8"));
    if (entries.length === 0) throw new Error("its comment describes no column");
    const text = sqlText(registry, sql, join(directory, "parts"));
    return {
      name: file.slice(0, -".sql".length),
      description: words,
      columns: entries,
      text,
      reads: text.reads,
      query: (dataset) => text.fill((name) => `\`${dataset}.${name}\``),
    };
  } catch (error) {
    throw wrong(file, reasonOf(error), error);
  }
}

/**
 * @param parts the folder of the texts that several files share
 * @throws Error when there is no such text
 */
export function sqlText(registry: Registry, sql: string, parts: string): SqlText {
  const whole = sql
    .replaceAll(EVENTS, (_, table: string) => eventsOf(registry, table))
    .replaceAll(PART, (_, part: string) => readFileSync(join(parts, `${part}.sql`), "utf8").trim());
  return {
    reads: [...new Set([...whole.matchAll(TABLE)].map(([, name = ""]) => name))],
    fill: (tableOf, condition) =>
      whole
        .replaceAll(BOUND, (_, time: string) => (condition === undefined ? "" : ` AND ${condition(time)}`))
        .replaceAll(TABLE, (_, name: string) => tableOf(name)),
  };
}

/** Two branches, because a condition on COALESCE(ce_time, …) would read every partition. */
function eventsOf(registry: Registry, table: string): string {
  const schema = [...registry.tables.values()].find((one) => one.table === table);
  if (schema === undefined) return `\`{dataset}.${table}\``;
  const owner = ownerOf(schema.type);
  const posted = owner === "chainguard" ? "{by_chainguard}" : `source = '${owner}'`;
  const body = schema.columns.find(({ name }) => name === "body");
  const hasWhen = body?.fields?.some(({ name }) => name === "when") === true;
  const otherwise = hasWhen ? "COALESCE(TIMESTAMP(body.`when`), received_at)" : "received_at";
  const rows = (time: string, condition: string) =>
    `SELECT *, ${time} AS happened_at FROM \`{dataset}.${table}\` WHERE ${posted} AND ce_time ${condition} AND {bound ${time}}`;
  return `(\n${rows("ce_time", "IS NOT NULL")}\nUNION ALL\n${rows(otherwise, "IS NULL")}\n) AS event`;
}

function wrong(file: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError("SCHEMA_INVALID", "never", `views/${file}: ${reason}`, { cause });
}
