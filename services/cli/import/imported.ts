/** What became of an import, counted: nothing is left out without a word. */
import type { Judgement } from "#services/shared/row/judge.ts";
import type { Times } from "./event.ts";

export interface Imported {
  files: number;
  /** Of these the ones without a line. */
  empty: number;
  /** Files that could not be read to their end; what came before is imported. */
  broken: number;
  lines: number;
  fitting: number;
  rejected: number;
  /** Left out by `before`. */
  later: number;
  /** Left out because an older version has imported them. */
  known: number;
  /** Without a time that can be read. */
  untimed: number;
  /** With a time that is too far from the file's for `ce_time`. */
  far: number;
  inserted: number;
  /** Of what is imported, milliseconds since the epoch. */
  minTime: number;
  maxTime: number;
}

export function newImported(): Imported {
  return {
    files: 0,
    empty: 0,
    broken: 0,
    lines: 0,
    fitting: 0,
    rejected: 0,
    later: 0,
    known: 0,
    untimed: 0,
    far: 0,
    inserted: 0,
    minTime: Infinity,
    maxTime: -Infinity,
  };
}

/** Counts an event that is imported. */
export function count(imported: Imported, { fit }: Judgement, { happenedAt, ceTime }: Times): void {
  if (fit === "fits") imported.fitting += 1;
  else imported.rejected += 1;
  if (happenedAt === undefined) imported.untimed += 1;
  else if (ceTime === undefined) imported.far += 1;
  else {
    imported.minTime = Math.min(imported.minTime, happenedAt);
    imported.maxTime = Math.max(imported.maxTime, happenedAt);
  }
}
