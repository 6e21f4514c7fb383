/** Where the term is, as a list for people: folders of the bucket with their objects and lines, tables with their rows. */
import { PipelineError } from "#services/shared/errors.ts";
import { isNotFound } from "#services/shared/gcp/query.ts";
import { EVENTS } from "#services/shared/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import { bytesText } from "../query/price.ts";
import type { FoundObjects } from "./bucket.ts";
import { inParallel } from "./in-parallel.ts";
import { rowsWith, type TextTable } from "./tables.ts";
import type { Term } from "./term.ts";

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** One line for each folder; objects that stay are named one by one. */
export function objectLines({ changeable, staying }: FoundObjects): readonly string[] {
  const folders = new Map<string, { lines: number; objects: number; bytes: number }>();
  for (const { listed, lines } of changeable) {
    const folder = folderOf(listed.name);
    const sum = folders.get(folder) ?? { lines: 0, objects: 0, bytes: 0 };
    folders.set(folder, {
      lines: sum.lines + lines,
      objects: sum.objects + 1,
      bytes: sum.bytes + listed.size,
    });
  }
  const counted = [...folders].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...counted.map(
      ([folder, { lines, objects, bytes }]) =>
        `${folder}: ${plural(lines, "line")} in ${plural(objects, "object")} (${bytesText(bytes)})`,
    ),
    ...staying.map(({ name, reason }) => `${name}: ${reason}`),
  ];
}

/** The archive's folders are types, the others are named by their first part. */
function folderOf(name: string): string {
  const parts = name.split("/");
  return `${parts.slice(0, name.startsWith(EVENTS) ? 2 : 1).join("/")}${parts.length > 1 ? "/" : ""}`;
}

/** One line for each table that has it, or that cannot be searched. */
export async function tableLines(
  term: Term,
  tables: readonly TextTable[],
  workshop: Workshop,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = [];
  await inParallel(tables, async (table) => {
    if (signal.aborted) return;
    let rows = 0;
    try {
      for await (const _ of rowsWith(term, table, workshop)) rows += 1;
    } catch (error) {
      // A staging table goes with its load.
      if (isNotFound(error)) return;
      if (!(error instanceof PipelineError) || error.code !== "WAREHOUSE_REFUSED") throw error;
      lines.push(`table ${table.name}: it cannot be searched: ${error.message}`);
    }
    if (rows > 0) lines.push(`table ${table.name}: ${plural(rows, "row")}`);
  });
  return lines.toSorted();
}
