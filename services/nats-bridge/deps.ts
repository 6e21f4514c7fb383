/** What the bridge's parts need beside their settings. */
import type { Log } from "#services/shared/log.ts";
import type { RetryPorts } from "#services/shared/retry.ts";
import type { Receiver } from "./forward.ts";

export interface BridgeDeps extends RetryPorts, Receiver {
  readonly log: Log;
  /** Aborted when the bridge is told to stop. */
  readonly stop: AbortSignal;
  /** How long after that it may still work. */
  readonly stopBudgetMs: number;
}
