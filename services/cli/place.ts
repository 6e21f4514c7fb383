/** Where a command works: on the local cloud, unless a Google Cloud project is named. */
import { type Env, EnvReader } from "#services/shared/config.ts";
import type { Place } from "#services/shared/gcp/query.ts";

/** The ports and names of `make up` (DESIGN.md, "Where things run locally"). */
const LOCAL = {
  project: "pullhouse-local",
  host: "127.0.0.1",
  bucket: "pullhouse-local",
  bigqueryPort: 9050,
  storagePort: 4443,
  issuerPort: 8089,
  receiverPort: 8080,
  group: "45a0c61ea6fd977f050c5fb9ac06a69eed764595",
} as const;

export const DEFAULT_DATASET = "cloudevents_pull_event_recorder";

const PORT = { min: 1, max: 65_535 } as const;

export interface WarehousePlace extends Place {
  readonly dataset: string;
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
  const location = reader.text("BIGQUERY_LOCATION", "");
  reader.done();
  const address = emulator || (project === "" ? `http://${LOCAL.host}:${port}` : "");
  return {
    project: project || LOCAL.project,
    dataset,
    ...(address === "" ? {} : { address }),
    ...(location === "" ? {} : { location }),
  };
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
