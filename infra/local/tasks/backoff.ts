/** How long a failed task waits, as queue.proto describes `RetryConfig`. */
import type { QueueSettings } from "./queue-settings.ts";

/** From a millisecond these lead past any maximum, and without them zero times infinity would be no number. */
const MANY_DOUBLINGS = 60;

/**
 * The wait after a number of failed attempts, in milliseconds: it starts at the minimum, doubles `maxDoublings`
 * times, then grows by the same step, and stays at the maximum. Google's example, with 10 s, 300 s and 3
 * doublings: 10, 20, 40, 80, 160, 240, 300, 300.
 * @param failures failed attempts so far, at least 1
 */
export function backoffMs(settings: QueueSettings, failures: number): number {
  const retry = failures - 1;
  const doublings = Math.min(retry, settings.maxDoublings, MANY_DOUBLINGS);
  const steps = retry - doublings + 1;
  return Math.min(settings.minBackoffMs * 2 ** doublings * steps, settings.maxBackoffMs);
}

/**
 * Whether a task has used up its attempts. A retry duration alone never ends it: the rule of queue.proto is
 * that the duration has passed *and* the attempts are spent.
 * @param attempts attempts dispatched so far
 * @param ageMs time since the first attempt
 */
export function isExhausted(settings: QueueSettings, attempts: number, ageMs: number): boolean {
  if (settings.maxAttempts === -1 || attempts < settings.maxAttempts) return false;
  return ageMs >= settings.maxRetryDurationMs;
}
