/** Creates what the pipeline needs in a project: topics, subscriptions, bucket, task queues, datasets, tables and views. */
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { Storage } from "@google-cloud/storage";
import { CloudTasksClient } from "@google-cloud/tasks";
import { systemClock } from "../clock.ts";
import type { TableSpec } from "../ports.ts";
import { DAY_SECONDS, OUTAGE_MAX_DAYS } from "../retention.ts";
import { loadRollups } from "../rollup/rollups.ts";
import { allTables } from "../schema/all-tables.ts";
import { loadRegistry } from "../schema/registry.ts";
import { loadViews } from "../schema/views.ts";
import { STAGING_LIFE_MS } from "../staging-dataset.ts";
import { tablesOf } from "./bigquery-api.ts";
import { insecureEndpoint } from "./insecure-endpoint.ts";
import { createTable, ensureTable, ensureView } from "./tables.ts";

/** The local project's names and addresses; on Google Cloud, Terraform creates the same (`infra/gcp`). */
export interface Project {
  readonly id: string;
  readonly location: string;
  readonly topic: string;
  readonly subscription: string;
  readonly bucket: string;
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly queues: readonly string[];
  /** `host:port`, without TLS. */
  readonly pubsubHost: string;
  readonly tasksHost: string;
  readonly storageUrl: string;
  readonly bigqueryUrl: string;
  readonly schemasFolder: string;
}

/**
 * The project that a service's variables tell of; its emulators are named by the variables of Google's clients.
 * @throws Error naming a variable that is missing
 */
export function projectOf(variables: Readonly<Record<string, string | undefined>>): Project {
  const of = (name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`the variables of the services have no ${name}`);
    return value;
  };
  return {
    id: of("GOOGLE_CLOUD_PROJECT"),
    location: of("GOOGLE_CLOUD_LOCATION"),
    topic: of("PUBSUB_TOPIC"),
    subscription: of("PUBSUB_SUBSCRIPTION"),
    bucket: of("GCS_BUCKET"),
    dataset: of("BIGQUERY_DATASET"),
    stagingDataset: of("BIGQUERY_STAGING_DATASET"),
    queues: [of("TASKS_QUEUE_DRAIN"), of("TASKS_QUEUE_LOAD"), of("TASKS_QUEUE_ROLLUP")],
    pubsubHost: of("PUBSUB_EMULATOR_HOST"),
    tasksHost: of("CLOUD_TASKS_EMULATOR_HOST"),
    storageUrl: of("STORAGE_EMULATOR_HOST"),
    bigqueryUrl: of("BIGQUERY_EMULATOR_HOST"),
    schemasFolder: of("SCHEMAS_FOLDER"),
  };
}

/**
 * Pub/Sub's smallest deadline: what a killed batcher held comes back after this. The batcher prolongs the
 * loans of what it still works on.
 */
const ACK_DEADLINE_SECONDS = 10;

/**
 * The largest that Pub/Sub takes. It counts outages like deaths, and without a policy no attempts at all; which message
 * kills batchers, the batcher finds out by itself (docs/operate/dead-letters.md).
 */
const MAX_DELIVERY_ATTEMPTS = 100;

/** How long one request about a table may be silent. */
const REQUEST_TIMEOUT_MS = 60_000;

/** A queue's backoff in milliseconds: a laptop's services are back within a second. */
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;

/** BigQuery takes a hundred requests a second of one user (https://cloud.google.com/bigquery/quotas#api_request_quotas). */
const TABLES_AT_ONCE = 10;

/** gRPC status ALREADY_EXISTS, and its HTTP twin. */
const EXISTS = new Set<unknown>([6, 409]);

/** What the services need to start. Safe to repeat: what exists is left as it is. */
export async function provision(project: Project): Promise<void> {
  await Promise.all([
    createSubscription(project),
    createBucket(project),
    createDatasets(project),
    createQueues(project),
  ]);
}

/** A dead letter without a subscription is lost (https://cloud.google.com/pubsub/docs/dead-letter-topics), so it has one. */
async function createSubscription(project: Project): Promise<void> {
  const pubsub = new PubSub({ projectId: project.id, apiEndpoint: project.pubsubHost, emulatorMode: true });
  const deadLetters = `${project.topic}-dead-letters`;
  const messageRetentionDuration = { seconds: OUTAGE_MAX_DAYS * DAY_SECONDS };
  try {
    await unlessExists(pubsub.createTopic(project.topic));
    await unlessExists(pubsub.createTopic(deadLetters));
    await unlessExists(pubsub.createSubscription(deadLetters, deadLetters, { messageRetentionDuration }));
    await unlessExists(
      pubsub.createSubscription(project.topic, project.subscription, {
        ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
        messageRetentionDuration,
        deadLetterPolicy: {
          deadLetterTopic: `projects/${project.id}/topics/${deadLetters}`,
          maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS,
        },
      }),
    );
  } finally {
    await pubsub.close();
  }
}

async function createBucket(project: Project): Promise<void> {
  const storage = new Storage({ projectId: project.id, apiEndpoint: project.storageUrl });
  await unlessExists(storage.createBucket(project.bucket));
}

async function createDatasets(project: Project): Promise<void> {
  const bigquery = new BigQuery({ projectId: project.id, apiEndpoint: project.bigqueryUrl });
  // int64 is a string in BigQuery's JSON.
  const defaultTableExpirationMs = String(STAGING_LIFE_MS);
  await Promise.all([
    unlessExists(bigquery.createDataset(project.dataset)),
    unlessExists(bigquery.createDataset(project.stagingDataset, { defaultTableExpirationMs })),
  ]);
}

/**
 * Every table, so that the views over them can be asked before the first event, then the views in their order. Safe to
 * repeat, and beside a loader that creates its tables: those that are there get their new columns, views their new text.
 */
export async function provisionTables(project: Project): Promise<void> {
  const { id, dataset: name, bigqueryUrl, schemasFolder } = project;
  const dataset = new BigQuery({ projectId: id, apiEndpoint: bigqueryUrl }).dataset(name);
  const tables = tablesOf(dataset, REQUEST_TIMEOUT_MS);
  const registry = loadRegistry(schemasFolder);
  const [present] = await dataset.getTables();
  const names = new Set(present.map((table) => table.id));
  const ensure = (spec: TableSpec) =>
    names.has(spec.name) ? ensureTable(tables, spec, systemClock) : createTable(tables, spec);
  const specs = allTables(registry, loadRollups(registry, schemasFolder));
  for (let from = 0; from < specs.length; from += TABLES_AT_ONCE)
    await Promise.all(specs.slice(from, from + TABLES_AT_ONCE).map(ensure));
  for (const view of loadViews(registry, join(schemasFolder, "views")))
    await ensureView(dataset, view, `${id}.${name}`);
}

/** One dispatch at a time and retries without end: a task queue has no dead letters. */
async function createQueues(project: Project): Promise<void> {
  const client = new CloudTasksClient({
    projectId: project.id,
    ...insecureEndpoint(project.tasksHost),
  });
  const parent = `projects/${project.id}/locations/${project.location}`;
  try {
    for (const queue of project.queues) {
      await unlessExists(
        client.createQueue({
          parent,
          queue: {
            name: `${parent}/queues/${queue}`,
            rateLimits: { maxConcurrentDispatches: 1 },
            retryConfig: {
              maxAttempts: -1,
              minBackoff: { nanos: MIN_BACKOFF_MS * 1e6 },
              maxBackoff: { seconds: MAX_BACKOFF_MS / 1000 },
            },
          },
        }),
      );
    }
  } finally {
    await client.close();
  }
}

async function unlessExists(creating: Promise<unknown>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!EXISTS.has((error as { code?: unknown }).code)) throw error;
  }
}
