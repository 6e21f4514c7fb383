/** Everything that a folder of schema files must be: what the services need, and what people do. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PipelineError } from "../errors.ts";
import { everyColumn, type PlacedColumn, type Problem } from "./check-columns.ts";
import { ENVELOPE, LOADS, parseSchemaFile, type SchemaFiles } from "./check-files.ts";
import { changesOf } from "./narrowing.ts";
import { loadRegistry } from "./registry.ts";
import { loadViews } from "./views.ts";

/** What a description begins with until somebody who knows the event has written it. */
export const DRAFT = "DRAFT: ";

/** The folder as it is, without its history. The views are looked at once the files have no problem. */
export function checkFolder({ directory, columns, problems }: SchemaFiles): readonly Problem[] {
  const own = [...columns].flatMap(([type, columns]) =>
    [...everyColumn(columns)].flatMap((placed) =>
      forPeople(type, placed).map((text) => ({ file: `${type}.json`, path: placed.path, text })),
    ),
  );
  const views = problems.length === 0 ? viewProblems(directory) : [];
  return [...problems, ...own, ...views];
}

function forPeople(type: string, { column }: PlacedColumn): readonly string[] {
  const { mode, description = "" } = column;
  const isOurs = type === ENVELOPE || type === LOADS;
  return [
    ...(mode === "REQUIRED" && !isOurs
      ? ["is REQUIRED: an event without it would be rejected, so leave the mode out"]
      : []),
    ...(description.trim() === "" ? ["has no description: say what it means, its unit, its source"] : []),
    ...(description.startsWith(DRAFT)
      ? ["still has the description that `pullhouse schema infer` drafted"]
      : []),
  ];
}

function viewProblems(directory: string): readonly Problem[] {
  if (!existsSync(join(directory, "views"))) return [{ file: "views", path: "", text: "is missing" }];
  try {
    loadViews(loadRegistry(directory), join(directory, "views"));
    return [];
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const [, file = "views", text = error.message] = /^([^:]+): (.*)$/s.exec(error.message) ?? [];
    return [{ file, path: "", text }];
  }
}

export interface Compared {
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

/** @param before the text of each schema file as it was, by its name */
export function compareWith(
  before: ReadonlyMap<string, string>,
  { columns, unreadable }: SchemaFiles,
): Compared {
  const problems: Problem[] = [];
  const notes: Problem[] = [];
  for (const [file, text] of before) {
    const type = file.slice(0, -".json".length);
    const now = columns.get(type);
    if (now === undefined) {
      const text = "was there and is gone: its table and its objects would have no schema";
      if (!unreadable.has(type)) problems.push({ file, path: "", text });
      continue;
    }
    const was = parseSchemaFile(text);
    if ("problems" in was) {
      notes.push({ file, path: "", text: "was no valid schema file before, so the two are not compared" });
      continue;
    }
    const { refused, notes: said } = changesOf(was.columns, now);
    problems.push(...refused.map((problem) => ({ file, ...problem })));
    notes.push(...said.map((note) => ({ file, ...note })));
  }
  return { problems, notes };
}
