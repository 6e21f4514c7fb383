/** Many seeds, one after the other, until one breaks a rule. */
import type { Bug } from "./planted-bugs.ts";
import { type Result, simulate } from "./run.ts";
import type { Fault } from "./world.ts";

/** Two thousand seeds and fresh ones, as in `make test-all`, or four hundred. */
export const IS_WHOLE = process.env["ALL_SEEDS"] === "1";

export interface Summary {
  readonly seeds: number;
  readonly accepted: number;
  readonly faults: ReadonlyMap<Fault, number>;
  /** The first seed that broke something. */
  readonly failure: Result | undefined;
}

export async function simulateSeeds(
  seeds: Iterable<number>,
  options: { readonly bug?: Bug; readonly isOver?: () => boolean } = {},
): Promise<Summary> {
  const faults = new Map<Fault, number>();
  let count = 0;
  let accepted = 0;
  for (const seed of seeds) {
    if (options.isOver?.()) break;
    const result = await simulate({
      seed: String(seed),
      ...(options.bug === undefined ? {} : { bug: options.bug }),
    });
    count += 1;
    accepted += result.accepted;
    for (const [fault, times] of result.world.counts) faults.set(fault, (faults.get(fault) ?? 0) + times);
    if (result.broken.length > 0) return { seeds: count, accepted, faults, failure: result };
  }
  return { seeds: count, accepted, faults, failure: undefined };
}

/** What a person needs to find the fault: the rules, the last steps, and how to run it again. */
export function failureText({ seed, broken, world }: Result): string {
  return [
    `seed ${seed} breaks:`,
    ...broken.slice(0, 10).map((rule) => `  ${rule}`),
    "the last steps:",
    ...world.trace.map((line) => `  ${line}`),
    `again: SEED=${seed} npx vitest run test/simulation`,
  ].join("\n");
}

/** @throws Error for the first seed that breaks a rule, with what a person needs to find out why */
export async function expectRulesToHold(seeds: Iterable<number>): Promise<Summary> {
  const summary = await simulateSeeds(seeds);
  console.log(`${summary.seeds} seeds, ${summary.accepted} events accepted; ${faultsText(summary.faults)}`);
  if (summary.failure !== undefined) throw new Error(failureText(summary.failure));
  return summary;
}

export function* range(from: number, to: number): Generator<number> {
  for (let seed = from; seed < to; seed++) yield seed;
}

export function faultsText(faults: Summary["faults"]): string {
  return [...faults]
    .toSorted(([, a], [, b]) => b - a)
    .map(([fault, times]) => `${times} x ${fault}`)
    .join(", ");
}
