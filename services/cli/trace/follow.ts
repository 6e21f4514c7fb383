/** Follows events from the receiver's line to the row, or to where they are now. */
import { EVENTS, MANIFEST_KEY, type Manifest, readManifest } from "#services/shared/objects.ts";
import { REJECTED, UNREGISTERED } from "#services/shared/schema/check-files.ts";
import { archivedObjects, type Days } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import type { Period } from "../prove/statements.ts";
import type { Chain, End, ObjectStep, ReceiverLine, Report } from "./chain.ts";
import { markOf, type ObjectPorts, rowsIn } from "./find-object.ts";
import { type FoundRow, findRows, type Load, loadOf, type Warehouse } from "./rows.ts";
import { waiting } from "./waiting.ts";
import { matcherOf, type Wanted } from "./wanted.ts";

export interface Sources extends Warehouse, Pick<Workshop, "list" | "store"> {
  /** The receiver's answers; `undefined` where its log cannot be read from here. */
  readonly lines: readonly ReceiverLine[] | undefined;
}

type Reading = Sources & ObjectPorts;

/** A request in batched mode has up to a thousand events; one statement asks for so many ids. */
const EVENTS_MAX = 20;

/** @param onStep called with what is being looked at */
export async function follow(
  opened: Sources,
  wanted: Wanted,
  period: Period,
  onStep: (step: string) => void,
): Promise<Report> {
  const unreadable = new Set<string>();
  const sources = { ...opened, onUnreadable: (place: string) => void unreadable.add(place) };
  const { lines = [] } = sources;
  const ids = new Set(wanted.ceId === undefined ? [] : [wanted.ceId]);
  for (const { ceId } of lines) if (ceId !== undefined) ids.add(ceId);
  const shared: string[] = [];
  // At LOG_LEVEL=DEBUG the log tells a trace's events exactly. Without its lines, the objects tell where all of their events
  // are of one trace; refusals are in the log at every level.
  if (wanted.traceId !== undefined && !lines.some(({ ceId }) => ceId !== undefined)) {
    onStep("objects");
    await addOfObjects(sources, wanted, period, ids, shared);
  }
  const [followed, more] = [[...ids].slice(0, EVENTS_MAX), [...ids].slice(EVENTS_MAX)];
  onStep("rows");
  const chains: Chain[] = [];
  const addRows = async (missing: readonly string[]) => {
    const rows = await findRows(sources, missing, wanted.source, period);
    for (const row of rows) chains.push(await chainOf(sources, row));
  };
  await addRows(followed);

  const isThere = (id: string) => chains.some(({ ceId }) => ceId === id);
  const missing = new Set(followed.filter((id) => !isThere(id)));
  if (missing.size > 0 || (wanted.traceId !== undefined && chains.length === 0)) {
    const matcher = matcherOf(wanted, missing);
    for await (const chain of waiting(sources, matcher, onStep)) chains.push(withLine(chain, lines));
    // An event that moved on while we looked elsewhere is a row by now.
    onStep("rows");
    await addRows([...missing].filter((id) => !isThere(id)));
  }
  const left = followed.filter((id) => !isThere(id));
  chains.push(...left.map((ceId) => unmet(ceId, lines)), ...refusals(lines));
  return { chains: withoutGuess(chains, wanted), more, shared, unreadable: [...unreadable] };
}

/** What was not found at all: accepted and so in the queue, or nobody knows it. */
function unmet(ceId: string, lines: readonly ReceiverLine[]): Chain {
  const chain = withLine({ ceId, end: "unknown" }, lines);
  return chain.accepted === undefined ? chain : { ...chain, end: "queue" };
}

function refusals(lines: readonly ReceiverLine[]): readonly Chain[] {
  return lines
    .filter(({ ceId }) => ceId === undefined)
    .map((line) => ({
      end: "refused",
      accepted: line,
      ...(line.traceId === undefined ? {} : { traceId: line.traceId }),
    }));
}

/** A text that may be an event's id or a trace's is not unknown as the one if it is known as the other. */
function withoutGuess(chains: readonly Chain[], { ceId, traceId }: Wanted): readonly Chain[] {
  if (traceId === undefined) return chains;
  const others = chains.filter((chain) => chain.end !== "unknown" || chain.ceId !== ceId);
  return others.length > 0 ? others : chains;
}

const ENDS: Readonly<Record<string, End>> = { [REJECTED]: "rejected", [UNREGISTERED]: "unregistered" };

async function chainOf(sources: Reading, row: FoundRow): Promise<Chain> {
  const { id, source, sender, type, table, received_at: receivedAt, loaded_at: loadedAt, reasons } = row;
  const load = await loadOf(sources, row);
  const object = load && (await objectOf(sources, row, load));
  const received = receivedAt === null ? {} : { receivedAt };
  const chain: Chain = {
    ceId: id,
    ceSource: source,
    ...(sender === null ? {} : { sender }),
    type,
    ...received,
    ...(object === undefined ? {} : object),
    ...(load === undefined ? {} : { load: load.step }),
    row: { table, loadedAt, ...received, ...(reasons === null ? {} : { reasons }) },
    end: ENDS[row.of] ?? "row",
  };
  return withLine(chain, sources.lines ?? []);
}

/** Those of a load that were written at or after the event came in are looked at first, the clocks being several. */
async function objectOf(
  sources: Reading,
  row: FoundRow,
  { objects }: Load,
): Promise<{ object: ObjectStep; traceId?: string } | undefined> {
  const from = row.received_at ?? "";
  const { id, source, sender } = row;
  const matcher = matcherOf({ ceId: id, source, ...(sender === null ? {} : { sender }) }, new Set([id]));
  const byTime = objects.toSorted((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1));
  const likely = byTime.filter(({ writtenAt }) => writtenAt >= from);
  for (const { name, writtenAt } of new Set([...likely, ...byTime])) {
    const found = await rowsIn(sources, name, matcher);
    if (found === undefined) continue;
    const object = { ...found.step, writtenAt, mark: await markOf(sources.store, name) };
    const traces = (await manifestOf(sources.list, name))?.traces;
    return { object, ...(traces?.count === 1 ? { traceId: traces.first[0] as string } : {}) };
  }
  return undefined;
}

async function manifestOf(list: Workshop["list"], name: string): Promise<Manifest | undefined> {
  for await (const object of list(name))
    if (object.name === name) return readManifest(object.metadata[MANIFEST_KEY] ?? "");
  return undefined;
}

/** Adds the line of the acceptance that became the row; of others with its id, only how many they are. */
function withLine(chain: Chain, lines: readonly ReceiverLine[]): Chain {
  const ofId = lines.filter(({ ceId }) => ceId !== undefined && ceId === chain.ceId);
  const at = chain.receivedAt === undefined ? undefined : Date.parse(chain.receivedAt);
  const line = ofId.find(({ receivedAt }) => Date.parse(receivedAt ?? "") === at) ?? ofId[0];
  if (line === undefined) return chain;
  const { traceId, receivedAt, type } = line;
  return {
    ...(type === undefined ? {} : { type }),
    ...(receivedAt === undefined ? {} : { receivedAt }),
    ...chain,
    ...(traceId === undefined ? {} : { traceId }),
    accepted: line,
    times: ofId.length,
  };
}

async function addOfObjects(
  sources: Reading,
  wanted: Wanted,
  period: Period,
  ids: Set<string>,
  shared: string[],
): Promise<void> {
  const { list, store } = sources;
  const traceId = wanted.traceId as string;
  const matcher = matcherOf(wanted, new Set());
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const days: Days = { from: day(period.since), to: day(period.until) };
  for (const folder of await store.folders(EVENTS)) {
    const type = folder.slice(EVENTS.length, -1);
    for await (const { name, manifest } of archivedObjects(list, type, days)) {
      const traces = manifest?.traces;
      if (traces?.first.includes(traceId) !== true) continue;
      if (traces.count > 1) shared.push(name);
      else for (const row of (await rowsIn(sources, name, matcher, traces))?.rows ?? []) ids.add(row.ce_id);
    }
  }
}
