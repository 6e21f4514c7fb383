/** What a bench yields: figures, each beside a baseline of the same run, since machines differ and are shared. */

export type Unit = "1/s" | "ms" | "µs" | "MiB" | "MB/s" | "bytes" | "%";

/** One measurement of each round, in the order of the rounds. */
type Samples = readonly number[];

export interface Series {
  readonly what: string;
  readonly samples: Samples;
}

export interface Figure {
  readonly what: string;
  /** The `what` of the figure that it belongs to; its own then says the rest. */
  readonly group?: string;
  readonly unit: Unit;
  /** The median of the rounds. */
  readonly value: number;
  readonly samples: Samples;
  readonly baseline: Series & { readonly value: number };
  /** The median of each round's own value / baseline: what slowed one round slowed both. */
  readonly ratio: number;
  /** What the ratio should be; a bench reports it, and never fails for it. */
  readonly goal?: Goal;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export interface BenchReport {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Sentences for the reader: what was sent, how often, what was left out and why. */
  readonly notes: readonly string[];
}

export interface BenchOptions {
  /** A short run that shows that the bench works; its figures are rough. */
  readonly quick: boolean;
  /** Says what is going on; a bench takes minutes. */
  readonly progress: (text: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<BenchReport>;

/** @throws RangeError when a round has one of both only, or there is none */
export function figure(unit: Unit, measured: Series, baseline: Series, goal?: Goal): Figure {
  const ratios = measured.samples.map((value, round) => value / (baseline.samples[round] ?? Number.NaN));
  if (measured.samples.length !== baseline.samples.length) {
    throw new RangeError(`"${measured.what}" and "${baseline.what}" are not of the same rounds`);
  }
  return {
    ...measured,
    unit,
    value: median(measured.samples),
    baseline: { ...baseline, value: median(baseline.samples) },
    ratio: median(ratios),
    ...(goal === undefined ? {} : { goal }),
  };
}

/** Puts figures below the one that they belong to, so that they need not repeat its name. */
export function group(head: Figure, ...members: readonly Figure[]): Figure[] {
  return [head, ...members.map((member) => ({ ...member, group: head.what }))];
}

/** Of an even number of samples the mean of the two in the middle. @throws RangeError when there are none */
function median(samples: Samples): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError("a median needs a sample");
  return (upper + lower) / 2;
}

/**
 * Runs variant after variant in each round, so that a disturbance meets all of them. The first round warms up and is
 * not counted.
 * @returns what each variant measured, round by round
 */
export async function inRounds<Variants extends Readonly<Record<string, () => Promise<unknown>>>>(
  rounds: number,
  variants: Variants,
  progress: (text: string) => void,
): Promise<{ [Name in keyof Variants]: Awaited<ReturnType<Variants[Name]>>[] }> {
  const samples = new Map<string, unknown[]>(Object.keys(variants).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(variants)) {
      progress(`${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}: ${name}`);
      const sample = await run();
      if (round > 0) samples.get(name)?.push(sample);
    }
  }
  return Object.fromEntries(samples) as { [Name in keyof Variants]: Awaited<ReturnType<Variants[Name]>>[] };
}
