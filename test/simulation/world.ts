/** Virtual time and chance: everything that happens in a run, in an order that the seed alone decides. */
import { chance, createRandom, type Random } from "#services/cli/generate/random.ts";

/** What the cloud and the machines may do to us; each seed has its own selection and rates. */
const FAULTS = [
  "refused request",
  "lost answer",
  "no answer",
  "slow answer",
  "delivered twice",
  "delivered late",
  "empty pull",
  "acknowledgement forgotten",
  "attempts counted anew",
  "long job",
  "job fails",
  "job not taken",
  "load reads nothing",
  "table not visible",
  "frozen",
  "alarm late",
  "alarm twice",
  "alarm never",
  "killed",
  "wrong clock",
  "sent twice",
] as const;

/** What strikes at a time or for a time of its own, in the seeds that are chosen for it. */
const CONDITIONS = [
  "statements refused for long",
  "jobs refused for long",
  "staging tables deleted",
  "staging tables expired",
  "table deleted",
  "rows expired",
  "two versions",
  "one call at a time",
  "two senders with one id",
] as const;
export type Fault = (typeof FAULTS)[number] | (typeof CONDITIONS)[number];
export const ALL_FAULTS: readonly Fault[] = [...FAULTS, ...CONDITIONS];

interface Scheduled {
  readonly at: number;
  /** Decides among those of one millisecond. */
  readonly order: number;
  /** `false` when it did nothing. */
  readonly run: () => boolean | void;
}

const TRACE_MAX = 80;

export class World {
  readonly random: Random;
  /** Milliseconds since the epoch. */
  now = Date.UTC(2026, 10, 20);
  /** Once they stop, everything works. */
  isFaulty = true;
  /** How much has happened. */
  steps = 0;
  readonly counts = new Map<Fault, number>();
  readonly trace: string[] = [];
  readonly #rates = new Map<Fault, number>();
  readonly #queue: Scheduled[] = [];

  constructor(seed: string) {
    this.random = createRandom(seed);
    for (const fault of FAULTS)
      if (chance(this.random, 0.5)) this.#rates.set(fault, 0.2 * this.random() ** 2);
  }

  has(fault: Fault): boolean {
    return this.#rates.has(fault);
  }

  /** Whether it strikes now. */
  strikes(fault: Fault): boolean {
    const rate = this.#rates.get(fault);
    if (!this.isFaulty || rate === undefined || !chance(this.random, rate)) return false;
    this.count(fault);
    return true;
  }

  count(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }

  /** Evenly between the two. */
  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  note(text: string): void {
    this.trace.push(`${((this.now - Date.UTC(2026, 10, 20)) / 1_000).toFixed(3)} s ${text}`);
    if (this.trace.length > TRACE_MAX) this.trace.shift();
  }

  after(ms: number, run: () => boolean | void): void {
    this.#push({ at: this.now + ms, order: this.random(), run });
  }

  /** Lets time pass until then; between two things that happen, all promises that can settle have settled. */
  async runUntil(end: number): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined && next.at <= end; next = this.#queue[0]) {
      this.#pop();
      this.now = next.at;
      this.steps += 1;
      if (next.run() !== false) await new Promise(setImmediate);
    }
    this.now = end;
  }

  /** A binary heap. */
  #push(scheduled: Scheduled): void {
    const queue = this.#queue;
    let index = queue.push(scheduled) - 1;
    for (let parent = (index - 1) >> 1; index > 0 && isBefore(scheduled, queue[parent]); ) {
      queue[index] = queue[parent] as Scheduled;
      index = parent;
      parent = (index - 1) >> 1;
    }
    queue[index] = scheduled;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop() as Scheduled;
    if (queue.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child + 1 < queue.length && isBefore(queue[child + 1] as Scheduled, queue[child])) child += 1;
      if (child >= queue.length || !isBefore(queue[child] as Scheduled, last)) break;
      queue[index] = queue[child] as Scheduled;
      index = child;
    }
    queue[index] = last;
  }
}

const isBefore = (a: Scheduled, b: Scheduled | undefined) =>
  b === undefined || a.at < b.at || (a.at === b.at && a.order < b.order);
