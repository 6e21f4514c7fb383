/** The token bucket that bounds how fast a queue dispatches (queue.proto, `RateLimits.max_burst_size`). */

export interface TokenBucket {
  /**
   * Takes a token, or says how many milliseconds until there is one.
   * @returns 0 when a token was taken
   */
  take(nowMs: number, limits: { readonly perSecond: number; readonly burst: number }): number;
}

/** A full bucket; the limits may change from call to call, as UpdateQueue changes them. */
export function createTokenBucket(): TokenBucket {
  let tokens = Number.POSITIVE_INFINITY;
  let filledAt = Number.NEGATIVE_INFINITY;
  return {
    take(nowMs, { perSecond, burst }) {
      // A clock that was set back must not drain the bucket.
      const elapsed = Math.max(nowMs - filledAt, 0) / 1000;
      tokens = Math.min(burst, tokens + (Number.isFinite(elapsed) ? elapsed * perSecond : 0));
      filledAt = nowMs;
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return ((1 - tokens) / perSecond) * 1000;
    },
  };
}
