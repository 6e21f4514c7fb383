/** What `pullhouse prove` finds: the books by hour and type, and everything that does not balance. */

import type { Waiting } from "./waiting.ts";

/** One hour of one type; the counts are messages, of which each becomes one row or none. */
export interface Hour {
  /** Start of the hour in which the oldest of the objects of a load was drained, milliseconds since the epoch. */
  readonly hour: number;
  readonly type: string;
  /** As the objects in the bucket say. */
  drained: number;
  /** The rest as the books say, and the marks. */
  inserted: number;
  duplicates: number;
  rejected: number;
  quarantined: number;
  pending: number;
}

type Fault =
  /** An object that no load has booked and no mark announces, and whose events are not all in the table. */
  | "object not loaded"
  /** An object without the manifest that the batcher writes. */
  | "object without manifest"
  /** The object is not the one that was loaded. */
  | "object changed"
  /** The books name it, the bucket has it no more. */
  | "object gone"
  | "object in quarantine"
  /** A mark whose object is not there, or that cannot be read. */
  | "mark without object"
  /** The rows of a load are not those in the table. */
  | "rows gone"
  | "rows that no load wrote"
  /** Rows that a load's jobs counted are not those that the batcher counted, or that the books have. */
  | "load miscounted"
  /** An event of the archive that is not in its table, in it more than once, or in a second one. */
  | "event without row"
  | "event twice"
  | "event in two tables"
  /** A loaded object whose events cannot be read. */
  | "object unreadable";

export interface Finding {
  readonly fault: Fault;
  readonly type: string;
  /** An object's name, a mark's or a plan's id. */
  readonly what: string;
  readonly messages: number;
  readonly detail: string;
}

export interface Proof {
  readonly since: number;
  readonly until: number;
  readonly hours: readonly Hour[];
  readonly findings: readonly Finding[];
  /**
   * Objects that a batcher wrote and did not live to mark, whose messages came again: every event of theirs has its
   * row. They are in no sum.
   */
  readonly leftOver: readonly string[];
  /** What could not be looked at, and how it can be: no imbalance. */
  readonly warnings: readonly string[];
  readonly waiting: readonly Waiting[];
  /** What waits for longer is late. */
  readonly lateAfterMs: number;
}

/** Everything is accounted for, and nothing waits for too long. */
export function isWell(proof: Proof): boolean {
  return isBalanced(proof) && !proof.waiting.some(({ isLate }) => isLate);
}

export function isBalanced({ hours, findings }: Proof): boolean {
  return findings.length === 0 && hours.every((hour) => difference(hour) === 0);
}

/** Messages that were drained and are nowhere; below 0, those that are somewhere and were not drained. */
export function difference({ drained, inserted, duplicates, rejected, quarantined, pending }: Hour): number {
  return drained - (inserted + duplicates + rejected + quarantined + pending);
}

const HOUR_MS = 3_600_000;

export function startOfHour(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}
