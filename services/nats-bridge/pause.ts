/** How long a message waits for its next try: exponential backoff with full jitter, or longer if the receiver asks. */
import type { Random } from "#services/shared/retry.ts";

const FIRST_MS = 200;
/** A message that always fails costs four posts a minute; after an outage the last one arrives that much later. */
const LONGEST_MS = 30_000;

/** @param tries how often it was tried, from 1 @param afterMs what the receiver asked for */
export function pauseMs(tries: number, afterMs: number, random: Random): number {
  const most = Math.min(FIRST_MS * 2 ** Math.min(tries - 1, 20), LONGEST_MS);
  return Math.round(afterMs + random() * most);
}
