/** The loader's settings. */
import { type Env, EnvReader, readServiceConfig, type ServiceConfig } from "#services/shared/config.ts";
import { readStagingDataset } from "#services/shared/staging-dataset.ts";
import type { LoadLimits } from "./load.ts";

export interface LoaderConfig extends ServiceConfig {
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly location?: string;
  readonly jobTimeoutMs: number;
  readonly tasksEmulator?: string;
  readonly limits: LoadLimits;
}

/** BigQuery takes seconds for any job, so to wait for longer would mostly be in vain. */
export const JOB_PATIENCE_MS = 100;

/** @throws PipelineError CONFIG_INVALID */
export function readLoaderConfig(env: Env): LoaderConfig {
  const reader = new EnvReader(env);
  const service = readServiceConfig(reader, 8082);
  const location = reader.text("BIGQUERY_LOCATION", "");
  const tasksEmulator = reader.text("CLOUD_TASKS_EMULATOR_HOST", "");
  const dataset = reader.matching(
    "BIGQUERY_DATASET",
    /^\w{1,1024}$/,
    "a dataset id (letters, digits, _)",
    "cloudevents_pull_event_recorder",
  );
  const config: LoaderConfig = {
    ...service,
    dataset,
    stagingDataset: readStagingDataset(reader, dataset),
    ...(location === "" ? {} : { location }),
    ...(tasksEmulator === "" ? {} : { tasksEmulator }),
    jobTimeoutMs: 1000 * reader.seconds("JOB_TIMEOUT_SECONDS", { fallback: 200, min: 1, max: 1700 }),
    limits: {
      workers: reader.integer("LOAD_WORKERS", { fallback: 4, min: 1, max: 32 }),
      objectsMax: reader.integer("LOAD_MAX_OBJECTS", { fallback: 1_000, min: 1, max: 10_000 }),
      bytesMax: reader.integer("LOAD_MAX_BYTES", { fallback: 4 * 1024 ** 3, min: 1, max: 1024 ** 4 }),
      roundMaxMs: 1000 * reader.seconds("ROUND_MAX_SECONDS", { fallback: 240, min: 1, max: 1700 }),
      windowMs: service.windowMs,
      jobPatienceMs: reader.integer("JOB_PATIENCE_MS", { fallback: JOB_PATIENCE_MS, min: 0, max: 240_000 }),
      inline: reader.choice("LOAD_INLINE", ["on", "off"], "on") === "on",
    },
  };
  reader.done();
  return config;
}
