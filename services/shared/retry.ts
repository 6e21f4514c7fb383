/** Tries again what may succeed later: exponential backoff with full jitter. */
import type { Clock } from "./clock.ts";
import { PipelineError } from "./errors.ts";

/** Evenly distributed in [0, 1). */
export type Random = () => number;

// oxlint-disable-next-line no-restricted-properties -- the home of Math.random
export const systemRandom: Random = () => Math.random();

/**
 * The first pause is up to so long, each further one up to twice the one before: so what was away is found back within
 * about the time that it was away.
 */
const FIRST_PAUSE_MS = 200;
/** A service that is told to stop gives up at its next try, so no pause may use up the seconds that it has. */
const PAUSE_MAX_MS = 2_000;

export interface RetryPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Repeats `work`, which must be safe to repeat, until it succeeds.
 * @param over asked before each pause; once it is, the last error is thrown
 * @throws what `work` throws, at once when it is not worth a second try (PipelineError with `retry: "never"`)
 */
export async function persist<T>(work: () => Promise<T>, over: () => boolean, ports: RetryPorts): Promise<T> {
  for (let most = FIRST_PAUSE_MS; ; most = Math.min(2 * most, PAUSE_MAX_MS)) {
    try {
      return await work();
    } catch (error) {
      const later = error instanceof PipelineError && error.retry === "later";
      if (!later || over()) throw error;
    }
    // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    await ports.clock.sleep(ports.random() * most);
  }
}
