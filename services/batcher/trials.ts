/**
 * Finds the message that kills the batcher. A marker is written before suspects are handled and removed afterwards, so a
 * batcher that dies leaves its marker behind. How often a message was delivered does not tell, since an outage counts as
 * much as a crash: that count only says when to begin with markers. What a marker proves is in `crash-markers.ts`.
 */
import { persist } from "#services/shared/retry.ts";
import { groupMarker, type Markers, type MarkersPorts, markerOf, readMarkers } from "./crash-markers.ts";

export interface Trials<T> {
  /** Markers of different kinds do not meet. */
  readonly kind: "queue" | "spill";
  idOf(suspect: T): string;
  /** Handles suspects as always; they may be the end of this process. */
  handle(suspects: readonly T[]): Promise<void>;
  /** Puts a suspect away for good. */
  condemn(suspect: T, reason: string): Promise<void>;
}

export interface Tried<T> {
  /** Nobody came to them in time. */
  readonly left: readonly T[];
  /** They are in the hands of another batcher, or were in those of one that died. */
  readonly waiting: readonly T[];
  /** When the first of those that wait may be handled. */
  readonly waitMs: number;
}

/** All at once, then in groups of a 200th, so that of 20,000 messages the third trial handles single ones. */
const SHRINK = 200;

/**
 * Handles every suspect, or condemns it, until `over`. Nothing else may be in this process's hands meanwhile: its death
 * counts against what the marker names.
 *
 * Condemning comes last. A batcher that dies with any message, whatever its content, seldom gets that far.
 */
export async function tryOut<T>(
  suspects: readonly T[],
  trials: Trials<T>,
  ports: MarkersPorts,
  over: () => boolean,
): Promise<Tried<T>> {
  const markers = await readMarkers(trials.kind, ports);
  const statesOf = suspects.map((suspect) => ({ suspect, ...markers.stateOf(trials.idOf(suspect)) }));
  const those = (wanted: string) =>
    statesOf.filter(({ state }) => state === wanted).map((one) => one.suspect);
  const waiting = those("undecided");
  const waitMs = Math.min(...statesOf.map((one) => one.waitMs ?? Number.POSITIVE_INFINITY));
  const unmarked = those("unmarked");
  const size = Math.max(1, Math.floor(unmarked.length / SHRINK ** markers.groups.length));
  const groups = [...chunks(unmarked, size), ...those("again").map((suspect) => [suspect])];
  const deadly = those("deadly");
  for (const [index, group] of groups.entries()) {
    if (over()) return { left: [...groups.slice(index).flat(), ...deadly], waiting, waitMs };
    await tryGroup(group, trials, markers, ports, over);
  }
  for (const [index, suspect] of deadly.entries()) {
    if (over()) return { left: deadly.slice(index), waiting, waitMs };
    const id = trials.idOf(suspect);
    await trials.condemn(suspect, `${markers.crashesOf(id)} batchers died with this message alone in hand`);
    await forget(markers.of(id), ports, over);
  }
  // None of those that were handled is deadly: the markers of their groups are out of date.
  await forget(markers.groups, ports, over);
  return { left: [], waiting, waitMs };
}

function* chunks<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

/** A marker that stays behind after an outage could be taken for a crash: hence the persistence. */
async function tryGroup<T>(
  group: readonly T[],
  trials: Trials<T>,
  markers: Markers,
  ports: MarkersPorts,
  over: () => boolean,
): Promise<void> {
  const [only, ...others] = group;
  const id = only !== undefined && others.length === 0 ? trials.idOf(only) : undefined;
  const marker = id === undefined ? groupMarker(trials.kind, ports) : markerOf(trials.kind, id, ports);
  try {
    // Within the `try`: a request whose answer is lost may have written it.
    await persist(
      () => ports.store.create(marker, Buffer.from(""), { contentType: "text/plain" }),
      over,
      ports,
    );
    await trials.handle(group);
  } finally {
    await forget([marker], ports, over);
  }
  // It was survived, so that earlier crashes had another cause.
  if (id !== undefined) await forget(markers.of(id), ports, over);
}

async function forget(markers: readonly string[], ports: MarkersPorts, over: () => boolean): Promise<void> {
  await Promise.all(markers.map((marker) => persist(() => ports.store.remove(marker), over, ports)));
}
