/** What the local Pub/Sub does not serve is refused with its name, and how it starts and stops. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { connect, freshTopic, PARENT, type Rig, refused } from "./pubsub/rig.ts";

const folder = mkdtempSync(join(tmpdir(), "pullhouse-pubsub-"));
let server: StandIn;
let rig: Rig;

beforeAll(async () => {
  server = await startPubSub({ port: 0, stateDir: folder });
  rig = connect(server.port);
});
afterAll(async () => {
  await rig?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
});

test.each([
  ["pushConfig", { pushConfig: { pushEndpoint: "http://127.0.0.1:1" } }],
  ["bigqueryConfig", { bigqueryConfig: { table: "a.b.c" } }],
  ["cloudStorageConfig", { cloudStorageConfig: { bucket: "b" } }],
  ["retainAckedMessages", { retainAckedMessages: true }],
  ["enableMessageOrdering", { enableMessageOrdering: true }],
  ["filter", { filter: 'attributes.a = "b"' }],
  ["enableExactlyOnceDelivery", { enableExactlyOnceDelivery: true }],
])("a subscription with %s is refused, not created without it", async (field, settings) => {
  const topic = await rig.topic();
  await expect(rig.subscription(topic, settings)).rejects.toEqual(
    refused(status.UNIMPLEMENTED, new RegExp(field)),
  );
  expect((await rig.publisher.listTopicSubscriptions({ topic }))[0]).toEqual([]);
});

test("a topic with a schema is refused", async () => {
  const creating = rig.publisher.createTopic({
    name: freshTopic(),
    schemaSettings: { schema: `${PARENT}/schemas/s` },
  });
  await expect(creating).rejects.toEqual(refused(status.UNIMPLEMENTED, /schemaSettings/));
});

test("seek and snapshots are refused by name", async () => {
  const subscription = await rig.subscription(await rig.topic());
  await expect(rig.subscriber.seek({ subscription, time: { seconds: 0 } })).rejects.toEqual(
    refused(status.UNIMPLEMENTED, /^Seek /),
  );
  await expect(
    rig.subscriber.createSnapshot({ name: `${PARENT}/snapshots/s`, subscription }),
  ).rejects.toEqual(refused(status.UNIMPLEMENTED, /^CreateSnapshot /));
});

test("a port that is taken is told by its code, and leaves the state free", async () => {
  const stateDir = join(folder, "second");
  mkdirSync(stateDir);
  await expect(startPubSub({ port: server.port, stateDir })).rejects.toMatchObject({ code: "EADDRINUSE" });
  const second = await startPubSub({ port: 0, stateDir });
  await second.close();
});

test("a stop ends waiting pulls and open streams, and may be asked for twice", async () => {
  const stateDir = join(folder, "third");
  mkdirSync(stateDir);
  const stopping = await startPubSub({ port: 0, stateDir });
  const client = connect(stopping.port);
  const topic = await client.topic();
  const subscription = await client.subscription(topic);
  const waiting = client.subscriber.pull({ subscription, maxMessages: 1 }, { retry: null });
  const pulled = waiting.catch((error: unknown) => error);
  const stream = client.subscriber.streamingPull();
  const ended = new Promise((resolve) => void stream.once("error", resolve));
  const arrived = new Promise((resolve) => void stream.once("data", resolve));
  const other = await client.subscription(topic);
  stream.write({ subscription: other, streamAckDeadlineSeconds: 10, protocolVersion: 1 });
  // The answer to an empty request shows that the stream, and the pull before it, are open.
  stream.write({});
  await arrived;
  await Promise.all([stopping.close(), stopping.close()]);
  expect(await pulled).toEqual(refused(status.UNAVAILABLE));
  expect(await ended).toEqual(refused(status.UNAVAILABLE));
  await client.close();
});
