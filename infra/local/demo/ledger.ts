/** Every event that was sent, and what the warehouse shows of it: some 100 bytes each. */
import { Durations } from "#services/cli/send/durations.ts";

export interface Verdict {
  /** Ids of accepted events without a row. */
  readonly missing: readonly string[];
  /** Ids with more than one row. */
  readonly doubled: readonly string[];
  /** Rows of this run that nobody sent. */
  readonly unexpected: readonly string[];
  readonly rows: number;
}

export class Ledger {
  /** From POST to the first query that showed the row, in milliseconds. */
  readonly untilQueryable = new Durations();
  readonly #places = new Map<string, number>();
  readonly #postedAt: Float64Array;
  readonly #accepted: Uint8Array;
  readonly #seen: Uint8Array;
  #acceptedCount = 0;
  #seenCount = 0;

  constructor(events: number) {
    this.#postedAt = new Float64Array(events);
    this.#accepted = new Uint8Array(events);
    this.#seen = new Uint8Array(events);
  }

  /** Different events that were answered with 202 at least once. */
  get accepted(): number {
    return this.#acceptedCount;
  }

  /** Accepted or not: a killed receiver may have published what it did not answer. */
  get seen(): number {
    return this.#seenCount;
  }

  /** Called for each POST; the first one counts. */
  posted(id: string, place: number, now: number): void {
    if (this.#places.has(id)) return;
    this.#places.set(id, place);
    this.#postedAt[place] = now;
  }

  wasAccepted(place: number): void {
    if (this.#accepted[place] === 1) return;
    this.#accepted[place] = 1;
    this.#acceptedCount += 1;
  }

  isQueryable(id: string, now: number): void {
    const place = this.#places.get(id);
    if (place === undefined || this.#seen[place] === 1) return;
    this.#seen[place] = 1;
    this.#seenCount += 1;
    this.untilQueryable.add(now - (this.#postedAt[place] as number));
  }

  /** Whether every accepted event has been seen. */
  get complete(): boolean {
    if (this.#seenCount < this.#acceptedCount) return false;
    return this.#accepted.every((accepted, place) => accepted === 0 || this.#seen[place] === 1);
  }

  /** Compares with the ids of all rows of the run. */
  async judge(rowIds: AsyncIterable<string>): Promise<Verdict> {
    const rowsOf = new Uint8Array(this.#accepted.length);
    const doubled: string[] = [];
    const unexpected: string[] = [];
    let rows = 0;
    for await (const id of rowIds) {
      rows += 1;
      const place = this.#places.get(id);
      if (place === undefined) {
        unexpected.push(id);
        continue;
      }
      if (rowsOf[place] === 1) doubled.push(id);
      rowsOf[place] = Math.min((rowsOf[place] as number) + 1, 2);
    }
    const missing = [...this.#places]
      .filter(([, place]) => this.#accepted[place] === 1 && rowsOf[place] === 0)
      .map(([id]) => id);
    return { missing, doubled, unexpected, rows };
  }
}
