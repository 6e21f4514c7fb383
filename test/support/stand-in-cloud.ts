/** The pipeline's ports over Google's clients and the stand-ins, in this process, so that a test decides every step. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { type Bucket, Storage } from "@google-cloud/storage";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import type { DrainLimits } from "#services/batcher/drain.ts";
import type { DrainPorts } from "#services/batcher/settle.ts";
import type { LoadLimits, LoadPorts } from "#services/loader/load.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import { createPublisher, createQueue } from "#services/shared/gcp/pubsub.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import { createNewId } from "#services/shared/ids.ts";
import type { Message } from "#services/shared/message.ts";
import { systemRandom } from "#services/shared/retry.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { STAGING_LIFE_MS, stagingDatasetOf } from "#services/shared/staging-dataset.ts";

const PROJECT = "pullhouse-local";
const DATASET = "cloudevents_pull_event_recorder";
const TOPIC = "pullhouse-events";
const SUBSCRIPTION = "pullhouse-events-batcher";
const BUCKET = "pullhouse-local";

export const drainLimits: DrainLimits = {
  workers: 1,
  batchMaxMessages: 1_000,
  batchMaxSize: 1e6,
  batchMaxAgeMs: 1e6,
  // A shorter wait may end while its answer is on the way, and then nobody has the messages until their loans end.
  pullWaitMs: 5_000,
  // The first pull of a test's few messages has them all.
  pullAgainMs: 200,
  pullPatienceMs: 200,
  leaseSeconds: 600,
  suspectAttempts: 5,
  windowMs: 60_000,
  roundMaxMs: 1e6,
};

export const loadLimits: LoadLimits = {
  workers: 2,
  objectsMax: 100,
  bytesMax: 1e9,
  roundMaxMs: 1e6,
  windowMs: 60_000,
  jobPatienceMs: 1e6,
  inline: false,
};

export interface StandInCloud {
  readonly ports: DrainPorts & LoadPorts;
  publish(message: Message): Promise<string>;
  query<Row>(sql: string): Promise<Row[]>;
  /** As an operator would, by hand. */
  dropTable(name: string): Promise<void>;
  readonly bucket: Bucket;
  /** What the `pullhouse` command needs to work on this cloud. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** @param frontOf starts what stands in front of BigQuery, and answers its address */
export async function startStandInCloud(
  frontOf: (bigqueryUrl: string) => Promise<string> = async (url) => url,
): Promise<StandInCloud> {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-cloud-"));
  const pubsubServer = await startPubSub({ port: 0, stateDir });
  const storageServer = await startStorage({ port: 0, stateDir: join(stateDir, "storage") });
  const storageUrl = `http://127.0.0.1:${storageServer.port}`;
  const bigqueryServer = await startBigQueryWith({ port: 0, stateDir, storageUrl });
  const env = {
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsubServer.port}`,
    STORAGE_EMULATOR_HOST: storageUrl,
    BIGQUERY_EMULATOR_HOST: await frontOf(`http://127.0.0.1:${bigqueryServer.port}`),
  };
  // Google's clients read them when they are made.
  const before = { ...process.env };
  Object.assign(process.env, env);

  const pubsub = new PubSub({ projectId: PROJECT });
  await pubsub.createTopic(TOPIC);
  await pubsub.createTopic(`${TOPIC}-dead-letters`);
  await pubsub.createSubscription(`${TOPIC}-dead-letters`, `${TOPIC}-dead-letters`);
  await pubsub.createSubscription(TOPIC, SUBSCRIPTION, {
    ackDeadlineSeconds: 600,
    deadLetterPolicy: {
      deadLetterTopic: `projects/${PROJECT}/topics/${TOPIC}-dead-letters`,
      maxDeliveryAttempts: 5,
    },
  });
  const storage = new Storage({ projectId: PROJECT });
  const [bucket] = await storage.createBucket(BUCKET);
  const bigquery = new BigQuery({ projectId: PROJECT });
  await bigquery.createDataset(DATASET);
  await bigquery.createDataset(stagingDatasetOf(DATASET), {
    defaultTableExpirationMs: String(STAGING_LIFE_MS),
  });

  const requestTimeoutMs = 20_000;
  const place = { project: PROJECT, requestTimeoutMs, emulatorHost: env.PUBSUB_EMULATOR_HOST };
  const publisher = createPublisher({ ...place, topic: TOPIC, timeoutMs: 5_000 });
  const queue = createQueue({ ...place, subscription: SUBSCRIPTION });
  const nothing = () => {};
  return {
    ports: {
      queue,
      store: createStore({ project: PROJECT, bucket: BUCKET, requestTimeoutMs }),
      warehouse: createWarehouse({
        project: PROJECT,
        dataset: DATASET,
        stagingDataset: stagingDatasetOf(DATASET),
        bucket: BUCKET,
        clock: systemClock,
        jobTimeoutMs: 20_000,
        requestTimeoutMs,
      }),
      alarm: { arm: async () => {} },
      clock: systemClock,
      random: systemRandom,
      newId: createNewId(),
      registry: loadRegistry(),
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    },
    publish: (message) => publisher.publish(message),
    async query(sql) {
      const [rows] = await bigquery.query({
        query: sql,
        defaultDataset: { projectId: PROJECT, datasetId: DATASET },
      });
      return rows;
    },
    async dropTable(name) {
      await bigquery.dataset(DATASET).table(name).delete();
    },
    bucket,
    env,
    async close() {
      await publisher.close();
      await queue.close();
      await pubsub.close();
      await Promise.all([pubsubServer, storageServer, bigqueryServer].map((one) => one.close()));
      for (const name of Object.keys(env)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      rmSync(stateDir, { recursive: true });
    },
  };
}
