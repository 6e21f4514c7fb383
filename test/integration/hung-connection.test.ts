/**
 * A connection that is accepted and never spoken on, as by a network in trouble, stays so for good; the clients leave it
 * and reach the server as soon as new connections do.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PubSub } from "@google-cloud/pubsub";
import { CloudTasksClient } from "@google-cloud/tasks";
import { credentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startTasks } from "#infra/local/tasks/start.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createPublisher, createQueue } from "#services/shared/gcp/pubsub.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import { type FaultyProxy, startFaultyProxy } from "#test/support/faulty-proxy.ts";
import { pullMessage } from "#test/support/pull-message.ts";

const project = "hung";
const PATIENCE = { timeout: 20_000, interval: 50 };

let stateDir: string;
let standIn: StandIn;
let proxy: FaultyProxy;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "pullhouse-hung-"));
});
afterEach(async () => {
  await proxy.close();
  await standIn.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function standInBehindProxy(start: typeof startPubSub): Promise<string> {
  standIn = await start({ port: 0, stateDir });
  proxy = await startFaultyProxy(standIn.port, "http2");
  return `127.0.0.1:${proxy.port}`;
}

/** Goes past the proxy. */
const administrator = () =>
  new PubSub({ projectId: project, apiEndpoint: `127.0.0.1:${standIn.port}`, emulatorMode: true });

async function createSubscription(): Promise<void> {
  const admin = administrator();
  await admin.createTopic("topic");
  await admin.createSubscription("topic", "subscription");
  await admin.close();
}

async function publishOne(): Promise<void> {
  const admin = administrator();
  await admin.topic("topic").publishMessage({ data: Buffer.from("x") });
  await admin.close();
}

/** Fails while the network does; afterwards it must work without anybody making a new client. */
async function expectRecovery(call: () => Promise<unknown>): Promise<void> {
  await proxy.fail("hang");
  await expect(call()).rejects.toMatchObject({ name: "PipelineError", retry: "later" });
  await proxy.recover();
  const works = () => call().then(...([() => true, () => false] as const));
  await expect.poll(works, PATIENCE).toBe(true);
}

test("publishing", async () => {
  const emulatorHost = await standInBehindProxy(startPubSub);
  await createSubscription();
  const publisher = createPublisher({
    project,
    topic: "topic",
    timeoutMs: 500,
    requestTimeoutMs: 500,
    emulatorHost,
  });
  await expectRecovery(() => publisher.publish(pullMessage("id")));
  await publisher.close();
});

test("acknowledging", async () => {
  const emulatorHost = await standInBehindProxy(startPubSub);
  await createSubscription();
  await publishOne();
  const options = { project, subscription: "subscription", requestTimeoutMs: 500 };
  const direct = createQueue({ ...options, emulatorHost: `127.0.0.1:${standIn.port}` });
  const [delivery] = await direct.pull(1, 500);
  await direct.close();
  const queue = createQueue({ ...options, emulatorHost });
  await expectRecovery(() => queue.acknowledge([delivery?.ackId as string]));
  await queue.close();
});

test("pulling, where a deadline that passes is no error", async () => {
  const emulatorHost = await standInBehindProxy(startPubSub);
  await createSubscription();
  const queue = createQueue({ project, subscription: "subscription", requestTimeoutMs: 500, emulatorHost });
  await proxy.fail("hang");
  expect(await queue.pull(1, 500)).toEqual([]);
  await proxy.recover();
  await publishOne();
  await expect.poll(async () => (await queue.pull(1, 500)).length, PATIENCE).toBe(1);
  await queue.close();
});

test("setting an alarm", async () => {
  const emulatorHost = await standInBehindProxy(startTasks);
  const admin = new CloudTasksClient({
    apiEndpoint: "127.0.0.1",
    port: standIn.port,
    sslCreds: credentials.createInsecure(),
  });
  const parent = admin.locationPath(project, "here");
  await admin.createQueue({ parent, queue: { name: `${parent}/queues/drain` } });
  await admin.close();
  const alarm = createAlarm({
    alarm: {
      project,
      location: "here",
      queueDrain: "drain",
      queueLoad: "load",
      queueRollup: "rollup",
      batcherUrl: "http://127.0.0.1:1",
      loaderUrl: "http://127.0.0.1:1",
      serviceAccount: "",
    },
    windowMs: 3_600_000,
    clock: systemClock,
    requestTimeoutMs: 500,
    emulatorHost,
  });
  await expectRecovery(() => alarm.arm("drain"));
  await alarm.close();
});
