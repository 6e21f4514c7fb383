/** The benches' reports for programs. */
import type { Failed, Measured } from "./run-benches.ts";

export interface Circumstances {
  readonly date: Date;
  readonly quick: boolean;
  readonly machine: Machine;
}

interface Machine {
  /** Node's version. */
  readonly node: string;
  readonly processors: number;
  readonly model: string;
}

/** Each bench with what it measured, the samples of each round included, or with its error. */
export function reportDocument(
  circumstances: Circumstances,
  benches: readonly (Measured | Failed)[],
): string {
  return JSON.stringify({ ...circumstances, benches }, null, 2);
}
