/** The views over the events' tables: one documented GoogleSQL file each, in `schemas/views`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PipelineError, reasonOf } from "../errors.ts";
import { type Entry, readFrontComment } from "./front-comment.ts";
import { type Registry, schemasFolder } from "./registry.ts";

export interface View {
  readonly name: string;
  readonly description: string;
  /** Every column with its description, in the order of the file's comment. */
  readonly columns: readonly Entry[];
  /** Tables and other views that it reads. */
  readonly reads: readonly string[];
  /** GoogleSQL, its tables in the dataset: `project.dataset`, as a view's query must name them. */
  query(dataset: string): string;
}

/** `{dataset}.name` is a table or a view; `{name}` alone is the text of `parts/name.sql`. */
const DATASET = "{dataset}";
const TABLE = /\{dataset\}\.(\w+)/g;
const PART = /\{(?!dataset\})([a-z_]+)\}/g;

/**
 * Every view, each behind those that it reads.
 * @throws PipelineError SCHEMA_INVALID naming the file that is wrong
 */
export function loadViews(registry: Registry, directory = join(schemasFolder(), "views")): readonly View[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".sql"));
  const views = new Map(
    files.toSorted().map((file) => [file.slice(0, -".sql".length), read(directory, file)]),
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

function read(directory: string, file: string): View {
  try {
    const { words, entries, sql } = readFrontComment(readFileSync(join(directory, file), "utf8"));
    if (entries.length === 0) throw new Error("its comment describes no column");
    const text = sql.replaceAll(PART, (_, part: string) =>
      readFileSync(join(directory, "parts", `${part}.sql`), "utf8").trim(),
    );
    return {
      name: file.slice(0, -".sql".length),
      description: words,
      columns: entries,
      reads: [...new Set([...text.matchAll(TABLE)].map(([, name = ""]) => name))],
      query: (dataset) => text.replaceAll(DATASET, dataset),
    };
  } catch (error) {
    throw wrong(file, reasonOf(error), error);
  }
}

function wrong(file: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError("SCHEMA_INVALID", "never", `views/${file}: ${reason}`, { cause });
}
