/**
 * Takes a term out of the bucket, then out of the tables: in this order, since loads go from the one to the other. While
 * objects are redacted a load may have staged what was in them, and a batcher may write what it had read before; so loads
 * that are open are brought to their end, and what has changed in the bucket meanwhile is searched again, until nothing
 * more is found. Only then are all rows in tables that will ever be, and are redacted there. Whoever is killed on the way
 * begins again: what is left is found.
 */
import { PipelineError } from "#services/shared/errors.ts";
import { isNotFound } from "#services/shared/gcp/query.ts";
import type { Rewriting } from "#services/shared/gcp/rewriting.ts";
import type { Workshop } from "../archive/workshop.ts";
import { type FoundObjects, redactObject, searchBucket } from "./bucket.ts";
import { inParallel } from "./in-parallel.ts";
import { finishLoads } from "./open-loads.ts";
import { type Redacted, redactRows } from "./redact-rows.ts";
import { takeOutDays } from "./rollups.ts";
import type { TextTable } from "./tables.ts";
import type { Term } from "./term.ts";

export interface ForgetPorts {
  readonly workshop: Workshop;
  readonly rewrite: Rewriting;
  readonly tables: () => Promise<readonly TextTable[]>;
  readonly signal: AbortSignal;
  /** Called with what is being done; the answer ends it. */
  readonly onStep: (step: string) => () => void;
}

export interface Forgotten {
  objects: number;
  rows: number;
  /** Where the term is, or may be, with the reason. */
  readonly staying: string[];
}

/** Clocks differ by less; what is searched twice costs a read. */
const SKEW_MS = 3_600_000;
/** Each after the first finds only what came in during the one before. */
const PASSES_MAX = 5;

/** @param found by a search of the whole bucket that began at `since`, in milliseconds */
export async function forget(
  term: Term,
  found: FoundObjects,
  since: number,
  ports: ForgetPorts,
): Promise<Forgotten> {
  const forgotten: Forgotten = { objects: 0, rows: 0, staying: [] };
  await forgetObjects(term, found, since - SKEW_MS, ports, forgotten);
  for (const { name, reason } of found.staying) {
    // Dead letters have been brought in since, and marks went with their loads.
    const [first] = await ports.workshop.store.list(name, 1);
    if (first === name) forgotten.staying.push(`${name}: ${reason}`);
  }
  await forgetRows(term, ports, forgotten);
  return { ...forgotten, staying: [...new Set(forgotten.staying)].toSorted() };
}

async function forgetObjects(
  term: Term,
  found: FoundObjects,
  since: number,
  { workshop, rewrite, signal, onStep }: ForgetPorts,
  forgotten: Forgotten,
): Promise<void> {
  let left = found;
  for (let pass = 1; ; pass++) {
    const end = onStep(`redacting ${left.changeable.length} objects`);
    await inParallel(left.changeable, async (object) => {
      if (!signal.aborted && (await redactObject(term, object, workshop, rewrite))) forgotten.objects += 1;
    }).finally(end);
    if (signal.aborted) return;
    const ended = onStep("bringing open loads to their end");
    const open = await finishLoads(workshop, signal).finally(ended);
    const searched = onStep("searching objects that came in meanwhile");
    const options = { since: new Date(since).toISOString(), signal, onObject: () => {} };
    left = await searchBucket(term, workshop, options).finally(searched);
    if (left.changeable.length > 0 && pass < PASSES_MAX) continue;
    forgotten.staying.push(...open);
    forgotten.staying.push(...left.staying.map(({ name, reason }) => `${name}: ${reason}`));
    forgotten.staying.push(...left.changeable.map(({ listed }) => `${listed.name}: it came in meanwhile`));
    return;
  }
}

/** A table whose rows another load has brought meanwhile is looked at again. */
const TABLE_PASSES_MAX = 3;

async function forgetRows(
  term: Term,
  { workshop, tables, signal, onStep }: ForgetPorts,
  forgotten: Forgotten,
): Promise<void> {
  const all = await tables();
  const rollups = all.filter(({ isRollup }) => isRollup);
  const end = onStep(`redacting rows of ${all.length} tables`);
  const redact = async (table: TextTable) => {
    for (let pass = 1; pass <= TABLE_PASSES_MAX && !signal.aborted; pass++) {
      const redacted = await unlessRefused(() => redactRows(term, table, workshop));
      if (redacted.outcome === "changed") forgotten.rows += redacted.rows;
      else forgotten.staying.push(`${table.name}: ${redacted.reason}`);
      if (redacted.outcome === "stays" || redacted.rows === 0) return;
    }
  };
  try {
    await inParallel(
      all.filter(({ isRollup }) => !isRollup),
      redact,
    );
    // Behind the events, since days are counted from them; a day may be counted from old ones meanwhile.
    for (let pass = 1; pass <= TABLE_PASSES_MAX && !signal.aborted; pass++) {
      const rows = await takeOutDays(term, rollups, workshop);
      forgotten.rows += rows;
      if (rows === 0) return;
    }
  } finally {
    end();
  }
}

/** What BigQuery refuses for one table must not keep a person in the others. */
async function unlessRefused(redact: () => Promise<Redacted>): Promise<Redacted> {
  try {
    return await redact();
  } catch (error) {
    // A staging table goes with its load.
    if (isNotFound(error)) return { outcome: "changed", rows: 0 };
    if (error instanceof PipelineError && error.code === "WAREHOUSE_REFUSED")
      return { outcome: "stays", reason: error.message };
    throw error;
  }
}
