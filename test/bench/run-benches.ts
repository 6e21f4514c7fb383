/** One bench after the other; where one fails, its error stands in the place of its report, and the next begins. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { errorText } from "./error-text.ts";
import { type NamedFigure, withIds } from "./figure-ids.ts";
import type { Bench, BenchReport } from "./measure.ts";

interface Begun {
  readonly name: string;
  /** When it began: what else the machine did is not the bench's own load. */
  readonly startedAt: Date;
  readonly loadAverage: LoadAverage;
}

/** Of the last one, five and fifteen minutes. */
type LoadAverage = readonly number[];

export interface Measured extends Begun, Omit<BenchReport, "figures"> {
  readonly outcome: "measured";
  readonly figures: readonly NamedFigure[];
}

export interface Failed extends Begun {
  readonly outcome: "failed";
  readonly error: string;
}

export interface BenchRun {
  readonly quick: boolean;
  /** Goes to who waits, not into the report. */
  readonly say: (text: string) => void;
  readonly now: () => Date;
  readonly loadAverage: () => LoadAverage;
  /** When it is aborted, no further bench begins; and what fails then fails for that reason. */
  readonly signal: AbortSignal;
}

export async function* runBenches(
  benches: ReadonlyMap<string, Bench>,
  { quick, say, now, loadAverage, signal }: BenchRun,
): AsyncGenerator<Measured | Failed> {
  for (const [name, bench] of benches) {
    const begun = { name, startedAt: now(), loadAverage: loadAverage() };
    try {
      const { figures, ...report } = await bench({ quick, progress: (text) => say(`${name}: ${text}`) });
      yield { outcome: "measured", ...begun, ...report, figures: withIds(figures) };
    } catch (error) {
      // A Ctrl-C ends the processes of a bench, too, and their end may be told before it is.
      await nextTurn();
      if (signal.aborted) return;
      say(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
      yield { outcome: "failed", ...begun, error: errorText(error) };
    }
  }
}
