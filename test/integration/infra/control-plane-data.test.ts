/** The control plane in front of the emulators: what is created through it can be used, and what is not empty stays. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { Storage } from "@google-cloud/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { startTasks } from "#infra/local/tasks/start.ts";
import { PROJECT, withCloud } from "#test/support/control-plane.ts";
import {
  bigquery,
  bucket,
  columns,
  dataset,
  queue,
  storage,
  subscription,
  table,
  topic,
} from "#test/support/control-plane-requests.ts";

const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-data-plane-"));
const emulators: StandIn[] = [];
const folder = (name: string) => {
  const path = join(stateDir, name);
  mkdirSync(path);
  return path;
};
let dataPlane = { pubsub: "", storage: "", bigquery: "", tasks: "" };

beforeAll(async () => {
  const pubsub = await startPubSub({ port: 0, stateDir: folder("pubsub") });
  const files = await startStorage({ port: 0, stateDir: folder("storage") });
  const storageUrl = `http://127.0.0.1:${files.port}`;
  const warehouse = await startBigQueryWith({ port: 0, stateDir: folder("bigquery"), storageUrl });
  const tasks = await startTasks({ port: 0, stateDir: folder("tasks") });
  emulators.push(pubsub, files, warehouse, tasks);
  dataPlane = {
    pubsub: `127.0.0.1:${pubsub.port}`,
    storage: storageUrl,
    bigquery: `http://127.0.0.1:${warehouse.port}`,
    tasks: `127.0.0.1:${tasks.port}`,
  };
});
afterAll(async () => {
  for (const emulator of emulators) await emulator.close();
  rmSync(stateDir, { recursive: true });
});

test("an event goes through a topic and a subscription that were created through it", async () => {
  await withCloud(
    async ({ set }) => {
      await set(
        topic("events"),
        subscription({ ackDeadlineSeconds: 30, retryPolicy: { minimumBackoff: "1s" } }),
      );
      const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: dataPlane.pubsub, emulatorMode: true });
      const [metadata] = await pubsub.subscription("batcher").getMetadata();
      expect(metadata).toMatchObject({ ackDeadlineSeconds: 30 });
      await pubsub.topic("events").publishMessage({ data: Buffer.from("event") });
      await set(["DELETE", `pubsub.googleapis.com/v1/projects/${PROJECT}/subscriptions/batcher`]);
      expect(await pubsub.subscription("batcher").exists()).toEqual([false]);
      await pubsub.close();
    },
    { dataPlane },
  );
});

test("a bucket with an object in the emulator is not deleted before the object is", async () => {
  await withCloud(
    async ({ ask, set }) => {
      await set(bucket("archive"));
      const client = new Storage({ projectId: PROJECT, apiEndpoint: dataPlane.storage });
      await client.bucket("archive").file("events/1.ndjson.gz").save("rows");
      expect((await ask(["DELETE", storage("b/archive")])).status).toBe(409);
      const listed = await set(["GET", storage("b/archive/o")]);
      expect(listed?.body.items).toMatchObject([{ name: "events/1.ndjson.gz" }]);
      await set(["DELETE", storage("b/archive/o/events%2F1.ndjson.gz")], ["DELETE", storage("b/archive")]);
      expect(await client.bucket("archive").exists()).toEqual([false]);
    },
    { dataPlane },
  );
});

test("tables that were created through it take rows, queues are there", async () => {
  await withCloud(
    async ({ ask, set }) => {
      await set(
        dataset("events"),
        table("loads", columns("id")),
        queue("drain", { retryConfig: { maxAttempts: -1 } }),
      );
      const client = new BigQuery({ projectId: PROJECT, apiEndpoint: dataPlane.bigquery });
      await client.query({ query: "INSERT INTO events.loads (id) VALUES ('one')", location: "us-central1" });
      const [rows] = await client.query({ query: "SELECT id FROM events.loads", location: "us-central1" });
      expect(rows).toEqual([{ id: "one" }]);
      expect((await ask(["DELETE", bigquery("datasets/events")])).status).toBe(400);
      await set(["DELETE", bigquery("datasets/events?deleteContents=true")]);
      expect(await client.dataset("events").exists()).toEqual([false]);
    },
    { dataPlane },
  );
});
