/** Leaves a message to a newer batcher, when the receiver knew a schema for it that this one does not. */
import type { Receipt } from "#services/shared/message.ts";
import type { Row } from "#services/shared/row/row.ts";

/** `added`, or the milliseconds that the message must wait for a newer batcher. */
export type Added = "added" | number;

/**
 * How long after its acceptance an event waits for a batcher that knows its schema. A roll-out replaces the batcher within
 * minutes. When a deployment was rolled back there is none, and the event must become a row of the older one.
 */
const NEWER_WITHIN_MS = 3_600_000;

/**
 * It waits as long again as it has waited, within these bounds: some ten deliveries in the hour, of the 100 after which
 * Pub/Sub gives a message up, and each wait fits into one lease.
 */
const WAIT_MIN_MS = 30_000;
const WAIT_MAX_MS = 600_000;

/** @returns milliseconds; `undefined` when the row is to be written. @param now milliseconds since the epoch */
export function waitForNewer({ fit }: Row, receipt: Receipt, now: number): number | undefined {
  if (receipt.fit !== "fits" || fit === "fits") return undefined;
  // Clocks differ, and anyone who may publish may write any time: one in the far future is not waited for.
  const age = Math.abs(now - receipt.receivedAt);
  if (age >= NEWER_WITHIN_MS) return undefined;
  return Math.min(Math.max(age, WAIT_MIN_MS), WAIT_MAX_MS, Math.max(1_000, NEWER_WITHIN_MS - age));
}
