/** Objects that neither the books nor a mark know: lost events, or what a batcher left that did not live to mark it? */
import { pendingMark } from "#services/shared/objects.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";
import type { Ledger, Unknown } from "./balance.ts";
import { compareKeys, type KeySources } from "./compare-keys.ts";
import { wantedKeys } from "./key-statements.ts";
import { keysIn } from "./keys-in.ts";
import { type Finding, startOfHour } from "./proof.ts";
import type { Sources } from "./prove.ts";

/**
 * Without a mark nothing was acknowledged, so the messages were delivered again and are in another object: then every
 * event of this one has its row. Those are named apart; the others are findings.
 * @returns the names of the first kind
 */
export async function lookAtUnknown(
  sources: Sources & KeySources,
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
  sources: Sources & KeySources,
  { object, type, messages, ...times }: Unknown,
): Promise<string | undefined> {
  const table = tableNameOf(type);
  if (!sources.tables.has(table)) return `no load, no mark, and no table ${table}`;
  const found = await sources.store.read(object);
  if (found === undefined) return "it was removed while we looked";
  const read = keysIn(found.bytes);
  if (read.outcome === "unreadable") return read.reason;
  let missing = 0;
  for (const keys of read.chunks) {
    const compared = { type, wanted: wantedKeys(keys), times, messages: keys.length };
    for (const finding of await compareKeys(sources, compared, false))
      if (finding.fault === "event without row") missing += finding.messages;
  }
  return missing === 0 ? undefined : `no load, no mark, and ${missing} of its ${messages} events have no row`;
}
