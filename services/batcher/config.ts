/** The batcher's settings. */
import { type Env, EnvReader, readServiceConfig, type ServiceConfig } from "#services/shared/config.ts";
import { loadStepMs } from "#services/shared/window.ts";
import type { DrainLimits } from "./drain.ts";

/** Of the time between a drain and its load: how long a batch is filled. */
const AGE_SHARE = 0.5;

/**
 * The first pull of a round opens the connection, and nothing but its answer says that there is something. Who has had
 * messages arms the next window in any case, so that the last wait, which is paid like work, can be short.
 */
const PULL_AGAIN_MS = 500;

export interface BatcherConfig extends ServiceConfig {
  readonly subscription: string;
  readonly pubsubEmulator?: string;
  readonly tasksEmulator?: string;
  readonly limits: DrainLimits;
}

/** @throws PipelineError CONFIG_INVALID */
export function readBatcherConfig(env: Env): BatcherConfig {
  const reader = new EnvReader(env);
  const service = readServiceConfig(reader, 8081);
  const { windowMs } = service;
  const pubsubEmulator = reader.text("PUBSUB_EMULATOR_HOST", "");
  const tasksEmulator = reader.text("CLOUD_TASKS_EMULATOR_HOST", "");
  const pullWaitMs = reader.integer("PULL_WAIT_MS", { fallback: 2_000, min: 100, max: 60_000 });
  const config: BatcherConfig = {
    ...service,
    subscription: reader.text("PUBSUB_SUBSCRIPTION", "pullhouse-events-batcher"),
    ...(pubsubEmulator === "" ? {} : { pubsubEmulator }),
    ...(tasksEmulator === "" ? {} : { tasksEmulator }),
    limits: {
      workers: reader.integer("BATCH_WORKERS", { fallback: 2, min: 1, max: 16 }),
      batchMaxMessages: reader.integer("BATCH_MAX_MESSAGES", { fallback: 20_000, min: 1, max: 1_000_000 }),
      // With the NODE_OPTIONS of infra/gcp two workers stay under 256 MiB at any backlog of small messages (docs/internals/performance.md).
      batchMaxSize: reader.integer("BATCH_MAX_BYTES", {
        fallback: 8 * 1024 * 1024,
        min: 1024,
        max: 512 * 1024 * 1024,
      }),
      // A steady trickle never leaves the queue empty: its batches end by their age. The rest of the time until the load is
      // for the start of an instance and for the write, or each such batch would wait for another load.
      batchMaxAgeMs: reader.integer("BATCH_MAX_AGE_MS", {
        fallback: Math.ceil(loadStepMs(windowMs) * AGE_SHARE),
        min: 10,
        max: 300_000,
      }),
      pullWaitMs,
      pullAgainMs: Math.min(pullWaitMs, PULL_AGAIN_MS),
      pullPatienceMs: reader.integer("PULL_PATIENCE_MS", { fallback: 100, min: 1, max: 60_000 }),
      leaseSeconds: reader.integer("LEASE_SECONDS", { fallback: 60, min: 10, max: 600 }),
      // Pub/Sub's own smallest number of attempts before a dead letter.
      suspectAttempts: reader.integer("SUSPECT_ATTEMPTS", { fallback: 5, min: 1, max: 99 }),
      windowMs,
      roundMaxMs: 1000 * reader.seconds("ROUND_MAX_SECONDS", { fallback: 240, min: 1, max: 1700 }),
    },
  };
  reader.done();
  return config;
}
