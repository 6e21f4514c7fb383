/** Reads files line by line into archive objects with their marks, and has them loaded. */
import { type Batch, createBatch, type Group } from "#services/batcher/batch.ts";
import { pack, write } from "#services/batcher/write.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { toMessage } from "#services/shared/message.ts";
import { judge } from "#services/shared/row/judge.ts";
import { timestamp } from "#services/shared/row/time.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { loadMarked } from "../archive/load-marked.ts";
import type { Workshop } from "../archive/workshop.ts";
import { eventOf, idOf } from "./event.ts";
import { linesIn } from "./lines.ts";
import { readAhead } from "./read-ahead.ts";
import type { ImportFile } from "./sources.ts";

export interface ImportOptions {
  readonly table: EventTable;
  readonly source: string;
  /** Milliseconds since the epoch; later events are left out. */
  readonly before: number;
  readonly dryRun: boolean;
}

export interface Imported {
  files: number;
  /** Files that could not be read to their end; what came before is imported. */
  broken: number;
  lines: number;
  fitting: number;
  rejected: number;
  /** Left out by `before`. */
  later: number;
  inserted: number;
  minTime: string | null;
  maxTime: string | null;
}

export interface Hooks {
  readonly signal: AbortSignal;
  /** As they are read, compressed. */
  onBytes(bytes: number): void;
  /** A line that does not fit, with its place and the first reason. */
  onRejected(place: string, reason: string): void;
  onBroken(path: string, reason: string): void;
}

/** As the batcher's: what is held while a batch grows. */
const BATCH = { messages: 20_000, size: 24 * 2 ** 20 } as const;

export async function importFiles(
  files: AsyncIterable<ImportFile>,
  options: ImportOptions,
  workshop: Workshop,
  hooks: Hooks,
): Promise<Imported> {
  const imported: Imported = {
    files: 0,
    broken: 0,
    lines: 0,
    fitting: 0,
    rejected: 0,
    later: 0,
    inserted: 0,
    minTime: null,
    maxTime: null,
  };
  let batch = createBatch(workshop.registry);
  const flush = async () => {
    await store(batch, options, workshop, hooks, imported);
    batch = createBatch(workshop.registry);
  };
  for await (const file of readAhead(files)) {
    if (hooks.signal.aborted) break;
    try {
      for await (const { line, number, isOnly } of numbered(linesIn(counted(file, hooks)))) {
        imported.lines += 1;
        add(line, { file, number, isOnly }, options, workshop, batch, imported, hooks);
        if (batch.messages >= BATCH.messages || batch.size >= BATCH.size) await flush();
      }
      imported.files += 1;
    } catch (error) {
      // The file's own fault, half a gzip or a line without end, does not keep the others waiting.
      if (!(error instanceof PipelineError) || error.code !== "CONFIG_INVALID") throw error;
      imported.broken += 1;
      hooks.onBroken(file.path, error.message);
    }
  }
  await flush();
  return imported;
}

interface Place {
  readonly file: ImportFile;
  readonly number: number;
  /** The file's only line. */
  readonly isOnly: boolean;
}

function add(
  line: Buffer,
  { file, number, isOnly }: Place,
  { table, source, before }: ImportOptions,
  { registry }: Workshop,
  batch: Batch,
  imported: Imported,
  hooks: Hooks,
): void {
  const event = eventOf(line, table.type, source, isOnly ? idOf(file.path) : undefined);
  if (event.time !== undefined && Date.parse(event.time) >= before) {
    imported.later += 1;
    return;
  }
  const judged = judge(registry, event);
  if (judged.fit === "misfit") {
    imported.rejected += 1;
    const { pointer = "", rule = "", found = "" } = judged.reasons[0] ?? {};
    hooks.onRejected(`${file.path}:${number}`, `${pointer || "/"} takes ${rule}, not ${found}`);
  } else imported.fitting += 1;
  const time = event.time === undefined ? undefined : timestamp(event.time);
  if (time !== undefined) {
    if (imported.minTime === null || time < imported.minTime) imported.minTime = time;
    if (imported.maxTime === null || time > imported.maxTime) imported.maxTime = time;
  }
  batch.add("", toMessage(event, { source: "import", receivedAt: file.writtenAt }));
}

/** Names and contents follow from the lines, so that a repetition writes nothing new. */
async function store(
  batch: Batch,
  { table, dryRun }: ImportOptions,
  workshop: Workshop,
  { signal }: Hooks,
  imported: Imported,
): Promise<void> {
  if (dryRun || batch.messages === 0) return;
  for (const group of batch.groups.values())
    await write(await pack(group, idFor(group), group.oldestReceivedAt ?? 0), workshop.store);
  for (const loading of new Set([table, ...[...batch.groups.values()].map((group) => group.table)])) {
    const { inserted } = await loadMarked(loading, workshop, signal);
    if (loading === table) imported.inserted += inserted;
  }
}

const idFor = ({ lines }: Group) => `import-${lines.digest().slice(0, 26)}`;

async function* counted(file: ImportFile, hooks: Hooks): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of file.open()) {
    hooks.onBytes(chunk.length);
    yield chunk;
  }
}

async function* numbered(lines: AsyncIterable<Buffer>): AsyncGenerator<{
  line: Buffer;
  number: number;
  isOnly: boolean;
}> {
  let before: Buffer | undefined;
  let number = 0;
  for await (const line of lines) {
    if (before !== undefined) yield { line: before, number, isOnly: false };
    before = line;
    number += 1;
  }
  if (before !== undefined) yield { line: before, number, isOnly: number === 1 };
}
