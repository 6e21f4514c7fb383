/** Objects that neither the books nor a mark know: lost events, or what a batcher left that did not live to mark it? */
import { gunzipSync } from "node:zlib";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { isNotFound } from "#services/shared/gcp/query.ts";
import { pendingMark } from "#services/shared/objects.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";
import type { Ledger, Unknown } from "./balance.ts";
import { type Finding, startOfHour } from "./proof.ts";
import type { Sources } from "./prove.ts";
import { eventsWithoutRow } from "./statements.ts";

/**
 * Without a mark nothing was acknowledged, so the messages were delivered again and are in another object: then every
 * event of this one has its row. Those are named apart; the others are findings.
 * @returns the names of the first kind
 */
export async function lookAtUnknown(
  sources: Sources,
  unknown: readonly Unknown[],
  ledger: Ledger,
  findings: Finding[],
): Promise<readonly string[]> {
  const leftOver: string[] = [];
  for (const one of unknown) {
    const { object, type, id, messages, drainedAt } = one;
    if ((await sources.store.list(pendingMark(type, id), 1))[0] === pendingMark(type, id)) {
      // Its batcher was about to mark it when we looked for marks.
      const hour = ledger.at(startOfHour(drainedAt), type);
      hour.drained += messages;
      hour.pending += messages;
      continue;
    }
    const detail = await whatIsMissing(sources, one);
    if (detail === undefined) leftOver.push(object);
    else findings.push({ fault: "object not loaded", type, what: object, messages, detail });
  }
  return leftOver;
}

/** `undefined` when every event of the object has its row. */
async function whatIsMissing(
  { store, questioner, dataset }: Sources,
  { object, type, messages, minTime, maxTime, untimed }: Unknown,
): Promise<string | undefined> {
  const table = { type, name: tableNameOf(type), low: minTime, high: maxTime, untimed };
  const found = await store.read(object);
  if (found === undefined) return "it was removed while we looked";
  let keys: readonly (readonly [string, string])[];
  try {
    keys = keysIn(found.bytes);
  } catch (error) {
    return `it cannot be read: ${reasonOf(error)}`;
  }
  try {
    const { rows } = await questioner.ask(eventsWithoutRow(dataset, JSON.stringify(keys), table));
    for await (const row of rows) {
      const missing = row["missing"] as number;
      if (missing === 0) return undefined;
      return `no load, no mark, and ${missing} of its ${messages} events have no row`;
    }
  } catch (error) {
    if (isNotFound(error)) return `no load, no mark, and no table ${table.name}`;
    throw error;
  }
  throw new PipelineError("WAREHOUSE_UNAVAILABLE", "later", "a count has no row");
}

/** At most what a batch may hold (BATCH_MAX_BYTES), as the batcher had it in memory, too. */
function keysIn(bytes: Buffer): readonly (readonly [string, string])[] {
  return gunzipSync(bytes)
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const { ce_source: source, ce_id: id } = JSON.parse(line) as { ce_source: string; ce_id: string };
      return [source, id];
    });
}
