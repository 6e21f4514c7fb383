/** Balances the books of a period: what was drained, against what was loaded, against what is in the tables. */
import { systemClock } from "#services/shared/clock.ts";
import type { ListedObject, Listing } from "#services/shared/gcp/listing.ts";
import { createBacklogLook } from "#services/shared/gcp/look/backlog.ts";
import { createDatasetLook, type DatasetLook } from "#services/shared/gcp/look/dataset.ts";
import { openGoogle } from "#services/shared/gcp/look/google.ts";
import { createQuestioner, isNotFound, type Question, type Questioner } from "#services/shared/gcp/query.ts";
import { createScratch, type Scratch } from "#services/shared/gcp/scratch.ts";
import { createNewId } from "#services/shared/ids.ts";
import { EVENTS, PENDING, QUARANTINE } from "#services/shared/objects.ts";
import type { NewId, Store } from "#services/shared/ports.ts";
import { LOADS } from "#services/shared/schema/check-files.ts";
import { openBucketPorts } from "../dead-letters/files.ts";
import type { BucketPlace, QueuePlace, WarehousePlace } from "../place.ts";
import { ArchiveComparison } from "./archive-comparison.ts";
import { type Balance, type BookedObject, balance } from "./balance.ts";
import { DoubtfulLoads } from "./doubtful-loads.ts";
import { lookAtMarks } from "./marks.ts";
import { MergeJobs } from "./merge-jobs.ts";
import type { Finding, Proof } from "./proof.ts";
import { bookedObjects, type LoadedTable, loadedTables, type Period, rowsOfLoads } from "./statements.ts";
import { openTables, type Tables } from "./tables.ts";
import { lookAtUnknown } from "./unknown.ts";
import { lookAtWaiting, type WaitingSources } from "./waiting.ts";

export interface Places {
  readonly warehouse: WarehousePlace;
  readonly bucket: BucketPlace;
  readonly queue: QueuePlace;
  /** What waits for longer is late. */
  readonly lateAfterMs: number;
}

/** What the steps of a proof ask. */
export interface Sources {
  readonly dataset: string;
  readonly questioner: Questioner;
  readonly store: Store;
  readonly list: Listing;
  readonly look: DatasetLook;
  /** Where `--deep` puts the keys of the archive. */
  readonly scratch: Scratch;
  readonly newId: NewId;
  readonly waiting: Omit<WaitingSources, "list">;
}

export interface ProveOptions {
  /** Compares the keys of every loaded object with the tables. */
  readonly deep?: boolean;
  /** Once aborted, nothing more is begun; then the proof rejects. */
  readonly signal?: AbortSignal;
  /** Called with what is being looked at. */
  readonly onStep?: (step: string) => void;
}

const REQUEST_TIMEOUT_MS = 60_000;

export function openSources({ warehouse, bucket, queue, lateAfterMs }: Places): Sources {
  const options = { ...bucket, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  return {
    dataset: warehouse.dataset,
    questioner: createQuestioner(warehouse),
    ...openBucketPorts(options),
    look: createDatasetLook({ ...warehouse, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    scratch: createScratch({
      ...warehouse,
      dataset: warehouse.stagingDataset,
      bucket: bucket.bucket,
      clock: systemClock,
    }),
    newId: createNewId(),
    waiting: {
      backlog: createBacklogLook({
        ...queue,
        google: openGoogle(queue.project, REQUEST_TIMEOUT_MS).get,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        now: () => systemClock.now(),
      }),
      subscription: queue.subscription,
      deadLetters: queue.deadLetters,
      lateAfterMs,
      now: () => systemClock.now(),
    },
  };
}

/** Looks at marks, then at the books, then at the objects: whatever moves on meanwhile is seen where it arrives. */
export async function prove(sources: Sources, asked: Period, options: ProveOptions = {}): Promise<Proof> {
  const { dataset, questioner, list, store, scratch, newId } = sources;
  const { deep = false, signal = new AbortController().signal, onStep = () => {} } = options;
  const tables = await openTables(sources.look, asked.until);
  const { period, warnings: shortened } = await keptPeriod(asked, tables);
  onStep("marks");
  const below = (prefix: string) => `${prefix}${period.type === undefined ? "" : `${period.type}/`}`;
  const marks = new Set<string>();
  for await (const { name } of list(below(PENDING))) marks.add(name.slice(PENDING.length));
  const quarantine = new Set<string>();
  for await (const { name } of list(below(QUARANTINE))) {
    if (name.endsWith(SET_ASIDE)) quarantine.add(name.slice(QUARANTINE.length, -SET_ASIDE.length));
  }
  onStep("books and objects");
  const keySources = { ...sources, tables };
  const booked = await rowsOf<BookedObject>(questioner, bookedObjects(dataset, period));
  const objects = eventsSince(list, await foldersOf(store, period), period.since);
  const merges = new MergeJobs();
  const doubtful = new DoubtfulLoads();
  const archive = new ArchiveComparison({ sources: keySources, scratch, newId, onStep, signal });
  const evidence = { objects, booked, marks, quarantine };
  const { ledger, findings, unknown, unmetMarks } = await balanceAnd(archive, () =>
    balance(period, evidence, {
      onLoad: (load) => merges.add(load),
      onLoaded: (object) => (deep ? archive.add(object) : doubtful.add(object)),
    }),
  );

  const expiring = new Map<number, number>();
  for await (const table of await rowsOf<LoadedTable>(questioner, loadedTables(dataset, period))) {
    signal.throwIfAborted();
    onStep(`rows of ${table.name}`);
    const keptSince = await tables.keptSince(table.name);
    if (keptSince !== undefined) expiring.set(keptSince, (expiring.get(keptSince) ?? 0) + 1);
    findings.push(...(await wrongRows(sources, period, table, keptSince)));
  }
  onStep("loads with duplicates");
  findings.push(...(await doubtful.compare(keySources, store)), ...(await merges.compare(questioner)));
  onStep("what is left over");
  findings.push(...(await lookAtMarks(store, unmetMarks)));
  const leftOver = await lookAtUnknown(keySources, unknown, ledger, findings);
  const warnings = [...shortened, ...expiringText(expiring), ...doubtful.warnings, ...merges.warnings];
  onStep("what waits");
  const waiting = await lookAtWaiting({ ...sources.waiting, list });
  const { lateAfterMs } = sources.waiting;
  return { ...period, hours: ledger.hours(), findings, leftOver, warnings, waiting, lateAfterMs };
}

/** With what the archive's comparison found meanwhile; nothing is left of it, however it ends. */
async function balanceAnd(archive: ArchiveComparison, work: () => Promise<Balance>): Promise<Balance> {
  try {
    const balanced = await work();
    balanced.findings.push(...(await archive.end()));
    return balanced;
  } finally {
    await archive.close();
  }
}

/** The books may expire, too, and objects from before would look as if nobody had loaded them. */
async function keptPeriod(
  period: Period,
  tables: Tables,
): Promise<{ readonly period: Period; readonly warnings: readonly string[] }> {
  const since = await tables.keptSince(LOADS);
  if (since === undefined || since <= period.since) return { period, warnings: [] };
  const text = `the books are kept since ${new Date(since).toISOString()}: what was drained before is not looked at`;
  return { period: { ...period, since }, warnings: [text] };
}

/** @param expiring how many tables keep their rows since when */
function expiringText(expiring: ReadonlyMap<number, number>): readonly string[] {
  return [...expiring].map(
    ([since, count]) =>
      `${count} tables keep rows with a ce_time since ${new Date(since).toISOString().slice(0, 10)} only: older events go as they come, and are not compared`,
  );
}

export async function foldersOf(store: Store, { type }: Period): Promise<readonly string[]> {
  return type === undefined ? store.folders(EVENTS) : [`${EVENTS}${type}/`];
}

const SET_ASIDE = ".ndjson.gz";

async function rowsOf<R>(questioner: Questioner, question: Question): Promise<AsyncIterable<R>> {
  const { rows } = await questioner.ask(question);
  return rows as AsyncIterable<unknown> as AsyncIterable<R>;
}

/** Type by type; the folders of a type are days, so earlier ones are not listed at all. */
export async function* eventsSince(
  list: Listing,
  folders: readonly string[],
  since: number,
): AsyncGenerator<ListedObject> {
  const day = new Date(since).toISOString().slice(0, 10);
  for (const folder of folders.toSorted()) yield* list(folder, `${folder}dt=${day}`);
}

/** Loads whose rows are not in the table as they were booked. */
async function wrongRows(
  { dataset, questioner }: Sources,
  period: Period,
  table: LoadedTable,
  keptSince: number | undefined,
): Promise<readonly Finding[]> {
  const { type } = table;
  const findings: Finding[] = [];
  try {
    for await (const row of await rowsOf<WrongRows>(
      questioner,
      rowsOfLoads(dataset, period, table, keptSince),
    )) {
      const { plan, booked, found, objects } = row;
      const detail = `${booked} rows were inserted, ${found} are in ${table.name}; from ${objects}`;
      const fault = found < booked ? "rows gone" : "rows that no load wrote";
      findings.push({ fault, type, what: plan, messages: booked - found, detail });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
    findings.push({
      fault: "rows gone",
      type,
      what: table.name,
      messages: 0,
      detail: "there is no such table",
    });
  }
  return findings;
}

interface WrongRows {
  readonly plan: string;
  readonly booked: number;
  readonly found: number;
  readonly objects: string;
}
