/** Reads files line by line into archive objects with their marks, and has them loaded. */
import { PipelineError } from "#services/shared/errors.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { judge } from "#services/shared/row/judge.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { loadMarked } from "../archive/load-marked.ts";
import type { Workshop } from "../archive/workshop.ts";
import { eventOf, type Times, timesOf } from "./event.ts";
import { add, isFull, isTooWide, newHeld } from "./held.ts";
import { count, type Imported, newImported } from "./imported.ts";
import { importedBefore } from "./imported-before.ts";
import { linesIn } from "./lines.ts";
import { readAhead } from "./read-ahead.ts";
import type { ImportFile } from "./sources.ts";
import { store } from "./store.ts";

export interface ImportOptions {
  readonly table: EventTable;
  readonly source: string;
  /** Milliseconds since the epoch; later events are left out. */
  readonly before: number;
  readonly dryRun: boolean;
}

export interface Hooks {
  readonly signal: AbortSignal;
  /** As they are read, compressed. */
  onBytes(bytes: number): void;
  /** A line that does not fit, with its place and the first reason. */
  onRejected(place: string, reason: string): void;
  onBroken(path: string, reason: string): void;
}

export async function importFiles(
  files: AsyncIterable<ImportFile>,
  options: ImportOptions,
  workshop: Workshop,
  hooks: Hooks,
): Promise<Imported> {
  const { table, dryRun, source } = options;
  const { registry, clock } = workshop;
  const imported = newImported();
  if (!dryRun) imported.inserted += await loadLeftMarks(table, workshop, hooks);
  const known = await importedBefore(table, source, workshop);
  let held = newHeld(registry);
  const flush = async () => {
    if (!dryRun) imported.inserted += await store(held.batch, table, workshop, hooks.signal);
    held = newHeld(registry);
  };
  for await (const file of readAhead(files)) {
    if (hooks.signal.aborted) break;
    let number = 0;
    try {
      for await (const line of linesIn(counted(file, hooks))) {
        number += 1;
        const event = eventOf(line, table.type, source);
        const times = timesOf(event, file.writtenAt, clock.now());
        if (isLeftOut(event, times, options, known, imported)) continue;
        const judged = judge(registry, event);
        count(imported, judged, times);
        const { pointer = "", rule = "", found = "" } = judged.reasons[0] ?? {};
        if (judged.fit !== "fits")
          hooks.onRejected(`${file.path}:${number}`, `${pointer || "/"} takes ${rule}, not ${found}`);
        if (isTooWide(held, times)) await flush();
        add(held, event, times);
        if (isFull(held)) await flush();
      }
      imported.files += 1;
      if (number === 0) imported.empty += 1;
    } catch (error) {
      // The file's own fault, half a gzip or a line without end, does not keep the others waiting.
      if (!(error instanceof PipelineError) || error.code !== "CONFIG_INVALID") throw error;
      imported.broken += 1;
      hooks.onBroken(file.path, error.message);
    }
    imported.lines += number;
  }
  await flush();
  return imported;
}

/** An import that was stopped leaves marks. Their rows have to be in the tables before anybody asks what is there. */
async function loadLeftMarks(table: EventTable, workshop: Workshop, { signal }: Hooks): Promise<number> {
  await loadMarked(workshop.registry.rejected, workshop, signal);
  return (await loadMarked(table, workshop, signal)).inserted;
}

function isLeftOut(
  { id }: CloudEvent,
  { happenedAt }: Times,
  { before }: ImportOptions,
  known: ReadonlySet<string>,
  imported: Imported,
): boolean {
  const isLater = happenedAt !== undefined && happenedAt >= before;
  if (isLater) imported.later += 1;
  else if (known.has(id)) imported.known += 1;
  else return false;
  return true;
}

async function* counted(file: ImportFile, hooks: Hooks): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of file.open()) {
    hooks.onBytes(chunk.length);
    yield chunk;
  }
}
