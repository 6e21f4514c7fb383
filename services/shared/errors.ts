/** The one error class for what the services do not expect, with a code to switch over. */

/** Every code has its paragraph in docs/operate/errors.md; a test keeps both equal. */
export const ERROR_CODES = [
  "CONFIG_INVALID",
  "ISSUER_UNAVAILABLE",
  "QUEUE_UNAVAILABLE",
  "PULL_TOO_LARGE",
  "STORE_UNAVAILABLE",
  "WAREHOUSE_UNAVAILABLE",
  "WAREHOUSE_REFUSED",
  "JOB_RUNNING",
  "PLAN_ABANDONED",
  "ALARM_UNAVAILABLE",
  "MARK_UNREADABLE",
  "SCHEMA_INVALID",
  "NATS_UNAVAILABLE",
  "RECEIVER_UNAVAILABLE",
  "RECEIVER_REFUSED",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** `later`: the same call may succeed when the other side is back. `never`: only a change helps. */
export type Retry = "later" | "never";

/** Its message never holds a token, a secret, a header's value or an event's data. */
export class PipelineError extends Error {
  override readonly name = "PipelineError";
  readonly code: ErrorCode;
  readonly retry: Retry;

  constructor(code: ErrorCode, retry: Retry, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retry = retry;
  }
}

/** The text of anything thrown, for logs. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
