/** One thing that Pullhouse takes for granted of Google Cloud, and how a run finds out whether it holds. */
import type { Clock } from "#services/shared/clock.ts";
import type { Deployment } from "./deployment.ts";
import type { Observed } from "./observed.ts";

export interface Outcome {
  readonly outcome: "held" | "did not hold" | "cannot be told here";
  /** The observation, or the reason why there is none. */
  readonly seen: string;
}

export interface Evidence {
  readonly deployment: Deployment;
  readonly observed: Observed;
  readonly clock: Clock;
}

type Product =
  | "BigQuery"
  | "Cloud Run"
  | "Pub/Sub"
  | "Cloud Tasks"
  | "Cloud Storage"
  | "IAM"
  | "Monitoring and Logging"
  | "Money";

export interface Assumption {
  /** Unique; in kebab-case. */
  readonly id: string;
  readonly product: Product;
  readonly statement: string;
  /** Address of the page or report that says so. */
  readonly source: string;
  /** Why the local cloud says nothing about it; left out where an emulator has to behave the same. */
  readonly onlyGoogle?: string;
  /** Looked at when everything has been taken down; while it runs, if left out. */
  readonly when?: "after";
  /** Rejects where an API doesn't answer: then it cannot be told. */
  readonly check: (evidence: Evidence) => Promise<Outcome>;
}

export const held = (seen: string): Outcome => ({ outcome: "held", seen });
export const failed = (seen: string): Outcome => ({ outcome: "did not hold", seen });
export const untold = (seen: string): Outcome => ({ outcome: "cannot be told here", seen });

export function heldIf(condition: boolean, seen: string): Outcome {
  return condition ? held(seen) : failed(seen);
}
