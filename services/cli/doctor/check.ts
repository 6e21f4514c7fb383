/** What a check is: parts that each look at one thing and say what they found. */
import type { Exam } from "./exam.ts";

/**
 * - `ok`: as it should be;
 * - `look`: it works, and somebody should know;
 * - `broken`: events are late or stuck, or will be;
 * - `unknown`: it could not be found out, for want of an answer or of a right;
 * - `not checked`: there is nothing to ask here, as on the local cloud, which has no permissions.
 */
export type Verdict = "ok" | "look" | "broken" | "unknown" | "not checked";

export interface Finding {
  readonly verdict: Verdict;
  /** The thing: `bucket my-bucket`. */
  readonly what: string;
  readonly found: string;
  /** The command or the variable that changes it. */
  readonly advice?: string;
}

export interface Part {
  /** Names the thing where it cannot be looked at. */
  readonly what: string;
  /** What it throws becomes an `unknown`, so that no part stops another. */
  readonly look: () => Promise<readonly Finding[]>;
}

export interface Check {
  readonly name: string;
  readonly title: string;
  parts(exam: Exam): readonly Part[];
}
