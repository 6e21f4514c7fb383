/** An answer of Pub/Sub that is larger than the batcher takes at once is refused, and its messages come again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PubSub } from "@google-cloud/pubsub";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { PULL_MAX_BYTES } from "#services/batcher/pull-size.ts";
import { createQueue } from "#services/shared/gcp/pubsub.ts";

const LARGEST = 10_000_000;
const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-pull-size-"));

let server: StandIn;
let pubsub: PubSub;
beforeAll(async () => {
  server = await startPubSub({ port: 0, stateDir });
  pubsub = new PubSub({ projectId: "p", emulatorMode: true, apiEndpoint: `127.0.0.1:${server.port}` });
  const [topic] = await pubsub.createTopic("topic");
  await topic.createSubscription("subscription", { ackDeadlineSeconds: 10 });
});
afterAll(async () => {
  await pubsub.close();
  await server.close();
  rmSync(stateDir, { recursive: true });
});

test("two of the largest messages are too many, and one is not", { timeout: 60_000 }, async () => {
  // With as many attributes as the receiver may write, of the longest names and values.
  const attributes = Object.fromEntries(
    Array.from({ length: 100 }, (_, number) => [String(number).padEnd(256, "n"), "v".repeat(1024)]),
  );
  const data = Buffer.alloc(LARGEST - 100 * (256 + 1024));
  for (let count = 0; count < 2; count++) await pubsub.topic("topic").publishMessage({ data, attributes });
  const queue = createQueue({
    project: "p",
    subscription: "subscription",
    requestTimeoutMs: 20_000,
    pullMaxBytes: PULL_MAX_BYTES,
    emulatorHost: `127.0.0.1:${server.port}`,
  });

  await expect(queue.pull(2, 20_000)).rejects.toMatchObject({ code: "PULL_TOO_LARGE", retry: "later" });

  const first = await queue.pull(1, 20_000);
  const second = await queue.pull(1, 20_000);
  const given = [...first, ...second];
  expect(given.map(({ message }) => message.data.byteLength)).toEqual([data.byteLength, data.byteLength]);
  await queue.acknowledge(given.map(({ ackId }) => ackId));
  await queue.close();
});
