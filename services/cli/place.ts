/** Where a command works: on the local cloud, unless a Google Cloud project is named. */
import { resolve } from "node:path";
import { type Env, EnvReader, readServiceConfig, readWindowMs } from "#services/shared/config.ts";
import type { Place } from "#services/shared/gcp/query.ts";
import type { AlarmOptions } from "#services/shared/gcp/tasks.ts";
import { readStagingDataset } from "#services/shared/staging-dataset.ts";

/** The ports and names of `make up` (docs/operate/configuration.md, "Locally"). */
const LOCAL = {
  project: "pullhouse-local",
  host: "127.0.0.1",
  bucket: "pullhouse-local",
  batcherPort: 8081,
  loaderPort: 8082,
  bigqueryPort: 9050,
  pubsubPort: 8085,
  tasksPort: 8123,
  storagePort: 4443,
  issuerPort: 8089,
  receiverPort: 8080,
  group: "45a0c61ea6fd977f050c5fb9ac06a69eed764595",
} as const;

export const DEFAULT_DATASET = "cloudevents_pull_event_recorder";

const PORT = { min: 1, max: 65_535 } as const;

export interface WarehousePlace extends Place {
  readonly dataset: string;
  readonly stagingDataset: string;
}

/**
 * A stand-in's address comes from BIGQUERY_EMULATOR_HOST; without it, a named project means Google Cloud, and
 * no project the local cloud.
 * @throws PipelineError CONFIG_INVALID
 */
export function warehousePlace(env: Env, given: { project?: string; dataset?: string }): WarehousePlace {
  const reader = new EnvReader(env);
  const project = given.project ?? reader.text("GOOGLE_CLOUD_PROJECT", "");
  const emulator = reader.text("BIGQUERY_EMULATOR_HOST", "");
  const port = reader.integer("PULLHOUSE_BIGQUERY_PORT", { fallback: LOCAL.bigqueryPort, ...PORT });
  const dataset = given.dataset ?? reader.text("BIGQUERY_DATASET", DEFAULT_DATASET);
  const stagingDataset = readStagingDataset(reader, dataset);
  const location = reader.text("BIGQUERY_LOCATION", "");
  reader.done();
  const address = emulator || (project === "" ? `http://${LOCAL.host}:${port}` : "");
  return {
    project: project || LOCAL.project,
    dataset,
    stagingDataset,
    ...(address === "" ? {} : { address }),
    ...(location === "" ? {} : { location }),
  };
}

/** The folder of the services' logs on the local cloud. */
export function localLogs(env: Env): string {
  return resolve(env["PULLHOUSE_HOME"]?.trim() || ".pullhouse", "logs");
}

/** The bucket of events, marks and quarantine. */
export interface BucketPlace {
  readonly project: string;
  readonly bucket: string;
  readonly address?: string;
}

/**
 * A stand-in's address comes from STORAGE_EMULATOR_HOST, as above.
 * @throws PipelineError CONFIG_INVALID
 */
export function bucketPlace(env: Env, given: { project?: string; bucket?: string }): BucketPlace {
  const reader = new EnvReader(env);
  const project = given.project ?? reader.text("GOOGLE_CLOUD_PROJECT", "");
  const emulator = reader.text("STORAGE_EMULATOR_HOST", "");
  const port = reader.integer("PULLHOUSE_STORAGE_PORT", { fallback: LOCAL.storagePort, ...PORT });
  const isLocal = project === "" || project === LOCAL.project;
  const bucket = given.bucket ?? reader.text("GCS_BUCKET", isLocal ? LOCAL.bucket : undefined);
  reader.done();
  const address = emulator || (project === "" ? `http://${LOCAL.host}:${port}` : "");
  return { project: project || LOCAL.project, bucket, ...(address === "" ? {} : { address }) };
}

/** The topic of the events, its subscription, and that of its dead letters. */
export interface QueuePlace {
  readonly project: string;
  readonly topic: string;
  readonly subscription: string;
  readonly deadLetters: string;
  /** `host:port` of a stand-in. */
  readonly emulatorHost?: string;
}

/**
 * A stand-in's address comes from PUBSUB_EMULATOR_HOST, as above.
 * @throws PipelineError CONFIG_INVALID
 */
export function queuePlace(env: Env, given: { project?: string }): QueuePlace {
  const reader = new EnvReader(env);
  const project = given.project ?? reader.text("GOOGLE_CLOUD_PROJECT", "");
  const emulator = reader.text("PUBSUB_EMULATOR_HOST", "");
  const port = reader.integer("PULLHOUSE_PUBSUB_PORT", { fallback: LOCAL.pubsubPort, ...PORT });
  const topic = reader.text("PUBSUB_TOPIC", "pullhouse-events");
  const subscription = reader.text("PUBSUB_SUBSCRIPTION", "pullhouse-events-batcher");
  reader.done();
  const emulatorHost = emulator || (project === "" ? `${LOCAL.host}:${port}` : "");
  return {
    project: project || LOCAL.project,
    topic,
    subscription,
    deadLetters: `${topic}-dead-letters`,
    ...(emulatorHost === "" ? {} : { emulatorHost }),
  };
}

/** The variables of a service, as far as they are known here: on the local cloud with the values of `make up`. */
export function serviceVariables(env: Env, given: { project?: string }): Env {
  const project = given.project ?? env["GOOGLE_CLOUD_PROJECT"]?.trim() ?? "";
  const url = (part: string, port: number) => `http://${LOCAL.host}:${env[`PULLHOUSE_${part}_PORT`] ?? port}`;
  const defaults = {
    BATCHER_URL: url("BATCHER", LOCAL.batcherPort),
    LOADER_URL: url("LOADER", LOCAL.loaderPort),
    WINDOW_SECONDS: "2",
    CHAINGUARD_GROUP: LOCAL.group,
    CHAINGUARD_ISSUER: url("ISSUER", LOCAL.issuerPort),
    RECEIVER_URL: url("RECEIVER", LOCAL.receiverPort),
    GCS_BUCKET: LOCAL.bucket,
  };
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  return { ...(project === "" ? defaults : {}), ...set, GOOGLE_CLOUD_PROJECT: project || LOCAL.project };
}

/**
 * How long the services' window is, in milliseconds; with the services' own default where nobody says.
 * @throws PipelineError CONFIG_INVALID
 */
export function windowPlace(env: Env, given: { project?: string }): number {
  const reader = new EnvReader(serviceVariables(env, given));
  const windowMs = readWindowMs(reader);
  reader.done();
  return windowMs;
}

/**
 * Where alarms are set; `undefined` on Google Cloud unless BATCHER_URL and LOADER_URL say where they call.
 * @throws PipelineError CONFIG_INVALID
 */
export function alarmPlace(env: Env, given: { project?: string }): Omit<AlarmOptions, "clock"> | undefined {
  const variables = serviceVariables(env, given);
  if (!(variables["BATCHER_URL"] && variables["LOADER_URL"])) return undefined;
  const reader = new EnvReader({ GCS_BUCKET: LOCAL.bucket, ...variables });
  const { alarm, windowMs, requestTimeoutMs } = readServiceConfig(reader, 0);
  const host = tasksHost(env, given, reader);
  reader.done();
  return { alarm, windowMs, requestTimeoutMs, ...(host === "" ? {} : { emulatorHost: host }) };
}

/** `host:port` of the stand-in for Cloud Tasks, from CLOUD_TASKS_EMULATOR_HOST as above; empty on Google Cloud. */
export function tasksHost(env: Env, given: { project?: string }, reader: EnvReader): string {
  const isLocal = (given.project ?? env["GOOGLE_CLOUD_PROJECT"]?.trim() ?? "") === "";
  const port = reader.integer("PULLHOUSE_TASKS_PORT", { fallback: LOCAL.tasksPort, ...PORT });
  return reader.text("CLOUD_TASKS_EMULATOR_HOST", isLocal ? `${LOCAL.host}:${port}` : "");
}

export interface SendPlace {
  readonly receiver: string;
  /** Signs the tokens; ours answers POST /token. */
  readonly issuer: string;
  readonly group: string;
}

/** @throws PipelineError CONFIG_INVALID */
export function sendPlace(env: Env, given: { url?: string; issuer?: string; group?: string }): SendPlace {
  const reader = new EnvReader(env);
  const receiverPort = reader.integer("PULLHOUSE_RECEIVER_PORT", { fallback: LOCAL.receiverPort, ...PORT });
  const issuerPort = reader.integer("PULLHOUSE_ISSUER_PORT", { fallback: LOCAL.issuerPort, ...PORT });
  const place = {
    receiver: given.url ?? `http://${LOCAL.host}:${receiverPort}/`,
    issuer: given.issuer ?? reader.url("CHAINGUARD_ISSUER", `http://${LOCAL.host}:${issuerPort}`),
    group: given.group ?? reader.text("CHAINGUARD_GROUP", LOCAL.group),
  };
  reader.done();
  return place;
}
