/** Creates what the pipeline needs in a project: topics, subscriptions, bucket, dataset, task queues. */
import { BigQuery } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { Storage } from "@google-cloud/storage";
import { CloudTasksClient } from "@google-cloud/tasks";
import { insecureEndpoint } from "./insecure-endpoint.ts";

/** The local project's names and addresses; on Google Cloud, Terraform creates the same (`infra/gcp`). */
export interface Project {
  readonly id: string;
  readonly location: string;
  readonly topic: string;
  readonly subscription: string;
  readonly bucket: string;
  readonly dataset: string;
  readonly queues: readonly string[];
  /** `host:port`, without TLS. */
  readonly pubsubHost: string;
  readonly tasksHost: string;
  readonly storageUrl: string;
  readonly bigqueryUrl: string;
}

/**
 * Pub/Sub's smallest deadline: what a killed batcher held comes back after this. The batcher prolongs the
 * loans of what it still works on.
 */
const ACK_DEADLINE_SECONDS = 10;

/** The largest that Pub/Sub takes: a batcher that is killed again and again must not lead to dead letters. */
const MAX_DELIVERY_ATTEMPTS = 100;

/** A queue's backoff in milliseconds: a laptop's services are back within a second. */
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;

/** gRPC status ALREADY_EXISTS, and its HTTP twin. */
const EXISTS = new Set<unknown>([6, 409]);

/** Safe to repeat: what exists is left as it is. */
export async function provision(project: Project): Promise<void> {
  await Promise.all([
    createSubscription(project),
    createBucket(project),
    createDataset(project),
    createQueues(project),
  ]);
}

/** A dead letter without a subscription is lost (https://cloud.google.com/pubsub/docs/dead-letter-topics), so it has one. */
async function createSubscription(project: Project): Promise<void> {
  const pubsub = new PubSub({ projectId: project.id, apiEndpoint: project.pubsubHost, emulatorMode: true });
  const deadLetters = `${project.topic}-dead-letters`;
  try {
    await unlessExists(pubsub.createTopic(project.topic));
    await unlessExists(pubsub.createTopic(deadLetters));
    await unlessExists(pubsub.createSubscription(deadLetters, deadLetters));
    await unlessExists(
      pubsub.createSubscription(project.topic, project.subscription, {
        ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
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

async function createDataset(project: Project): Promise<void> {
  const bigquery = new BigQuery({ projectId: project.id, apiEndpoint: project.bigqueryUrl });
  await unlessExists(bigquery.createDataset(project.dataset));
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
