/**
 * Crash markers, and what they prove. A marker names one suspect, or a group of them, the process that handles it, and when
 * that began. It is left behind by a process that died, but also by one that is at work, or could not remove it in an outage.
 * So a marker counts as a crash only
 *
 * - when it is older than any round can last, by which time a living process has removed it, and
 * - once per process, because a process dies once, and never against the process that reads it, which is alive.
 *
 * Until then its suspect is left alone: it is either at work or deadly, and both can wait.
 */
import { TRIALS } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import type { RetryPorts } from "#services/shared/retry.ts";

export interface MarkersPorts extends RetryPorts {
  readonly store: Store;
  /** This process, unlike any other. */
  readonly owner: string;
  /** No round lasts longer. */
  readonly roundEndsMs: number;
}

type State = "unmarked" | "again" | "undecided" | "deadly";

export interface Markers {
  /** Markers of groups; they blame nobody and only make groups smaller, so they count at once. */
  readonly groups: readonly string[];
  of(id: string): readonly string[];
  /** How many processes certainly died with this suspect alone. */
  crashesOf(id: string): number;
  stateOf(id: string): { readonly state: State; readonly waitMs?: number };
}

/** A batcher may be killed for another reason, but hardly so often with just this one message in hand. */
const CRASHES_MAX = 3;

/** One page of a listing. A suspect whose marker is beyond it is handled with the others. */
const MARKERS_MAX = 1_000;
const GROUP_MARKERS_MAX = 100;

const groupsOf = (kind: string) => `${TRIALS}${kind}/groups/`;
const aloneOf = (kind: string) => `${TRIALS}${kind}/alone/`;
const nameOf = ({ clock, owner }: MarkersPorts) => `${Math.floor(clock.now())}-${owner}`;

export const groupMarker = (kind: string, ports: MarkersPorts) => `${groupsOf(kind)}${nameOf(ports)}`;

export const markerOf = (kind: string, id: string, ports: MarkersPorts) =>
  `${aloneOf(kind)}${encodeURIComponent(id)}/${nameOf(ports)}`;

/** Markers of earlier releases have neither time nor owner; they prove nothing. */
const MARKER = /^(?:[^/]+\/)*([^/]+)\/(?:(\d+)-)?([^/]+)$/;

export async function readMarkers(
  kind: string,
  { store, clock, owner, roundEndsMs }: MarkersPorts,
): Promise<Markers> {
  const [groups, alone] = await Promise.all([
    store.list(groupsOf(kind), GROUP_MARKERS_MAX),
    store.list(aloneOf(kind), MARKERS_MAX),
  ]);
  const now = clock.now();
  const byId = Map.groupBy(alone, (name) => decodeURIComponent(MARKER.exec(name)?.[1] ?? ""));
  const of = (id: string) => byId.get(id) ?? [];
  /** Those of other processes: when they began, and whose they are. */
  const others = (id: string) =>
    of(id)
      .map((name) => MARKER.exec(name) ?? [])
      .flatMap(([, , at, by]) => (at === undefined || by === owner ? [] : [{ at: Number(at), by }]));
  // A clock that is ahead is wrong by less than that: a marker from a farther future decides nothing by waiting.
  const isDecided = (at: number) => Math.abs(now - at) >= roundEndsMs;
  const crashesOf = (id: string) =>
    new Set(others(id).flatMap(({ at, by }) => (isDecided(at) ? [by] : []))).size;
  return {
    groups,
    of,
    crashesOf,
    stateOf(id) {
      if (of(id).length === 0) return { state: "unmarked" };
      if (crashesOf(id) >= CRASHES_MAX) return { state: "deadly" };
      const ends = others(id).flatMap(({ at }) => (isDecided(at) ? [] : [at + roundEndsMs]));
      return ends.length === 0 ? { state: "again" } : { state: "undecided", waitMs: Math.max(...ends) - now };
    },
  };
}
