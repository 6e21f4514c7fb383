/** Which times a set of rows has: a few ranges, so that a statement names the days of its rows and not all between them. */

/** `ce_time` as written in rows, RFC 3339 in UTC with six digits: their order as text is their order in time. Both ends included. */
export type Range = readonly [from: string, to: string];

export interface Times {
  /** In order, without overlap. */
  readonly ranges: readonly Range[];
  /** Some rows have no time. */
  readonly untimed: boolean;
}

const DAY_MS = 24 * 3_600_000;
/** The length of `2026-11-20`. */
const DAY_LENGTH = 10;

interface Span {
  readonly day: string;
  from: string;
  to: string;
}

/** Collects the times of rows, one span for each day. */
export class TimeSpans {
  readonly #days = new Map<string, Span>();
  /** Nearly all rows are of the day of the row before. */
  #latest: Span | undefined;

  add(time: string): void {
    const span =
      this.#latest !== undefined && time.startsWith(this.#latest.day) ? this.#latest : this.#spanOf(time);
    if (time < span.from) span.from = time;
    if (time > span.to) span.to = time;
  }

  #spanOf(time: string): Span {
    const day = time.slice(0, DAY_LENGTH);
    const span = this.#days.get(day) ?? { day, from: time, to: time };
    this.#days.set(day, span);
    this.#latest = span;
    return span;
  }

  /** @param most how many ranges there may be */
  ranges(most: number): readonly Range[] {
    return joined(
      [...this.#days.values()].map(({ from, to }): Range => [from, to]),
      most,
    );
  }
}

/**
 * The same times in at most `most` ranges: those of neighbouring days become one, and then those with the smallest gaps
 * between them.
 */
export function joined(ranges: readonly Range[], most: number): readonly Range[] {
  const merged: [string, string][] = [];
  for (const [from, to] of ranges.toSorted(byStart)) {
    const last = merged.at(-1);
    if (last === undefined || daysBetween(last[1], from) > 1) merged.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  if (merged.length <= most) return merged;
  const gaps = merged
    .slice(1)
    .map(([from], index) => ({ index, days: daysBetween(merged[index]?.[1] ?? from, from) }));
  const cuts = gaps
    .toSorted((a, b) => b.days - a.days)
    .slice(0, most - 1)
    .map(({ index }) => index + 1)
    .toSorted((a, b) => a - b);
  return [0, ...cuts].map((start, index): Range => {
    const end = cuts[index] ?? merged.length;
    return [merged[start]?.[0] ?? "", merged[end - 1]?.[1] ?? ""];
  });
}

/**
 * Every day, as `2026-11-20`, that a range has a part of.
 * @param marginMs by which the ranges are made longer at both ends
 */
export function daysOf({ ranges }: Times, marginMs: number): readonly string[] {
  const days = new Set<string>();
  for (const [from, to] of ranges) {
    const first = Math.floor((Date.parse(from) - marginMs) / DAY_MS) * DAY_MS;
    for (let at = first; at <= Date.parse(to) + marginMs; at += DAY_MS)
      days.add(new Date(at).toISOString().slice(0, DAY_LENGTH));
  }
  return [...days];
}

const byStart = ([a]: Range, [b]: Range) => (a < b ? -1 : a > b ? 1 : 0);

function daysBetween(earlier: string, later: string): number {
  return (Date.parse(later.slice(0, DAY_LENGTH)) - Date.parse(earlier.slice(0, DAY_LENGTH))) / DAY_MS;
}
