/** Limits of rounds on ports in memory: one worker, and no end by time. */
import type { DrainLimits } from "#services/batcher/drain.ts";
import type { LoadLimits } from "#services/loader/load.ts";

export const drainLimits: DrainLimits = {
  workers: 1,
  batchMaxMessages: 100,
  batchMaxSize: 1e6,
  batchMaxAgeMs: 1e6,
  pullWaitMs: 1,
  pullAgainMs: 1,
  pullPatienceMs: 1,
  leaseSeconds: 10,
  suspectAttempts: 5,
  windowMs: 60_000,
  roundMaxMs: 1e6,
};
export const loadLimits: LoadLimits = {
  workers: 1,
  objectsMax: 100,
  bytesMax: 1e9,
  roundMaxMs: 1e6,
  windowMs: 60_000,
  jobPatienceMs: 1e6,
  inline: false,
};
