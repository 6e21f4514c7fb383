/** An answer that is larger than the batcher takes at once is refused before it is read. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GrpcServer, serveGrpc } from "#infra/local/grpc/grpc-server.ts";
import { implementation } from "#infra/local/grpc/grpc-service.ts";
import { pubsubServices } from "#infra/local/pubsub/service-definition.ts";
import { PULL_MAX_BYTES } from "#services/batcher/pull-size.ts";
import { createQueue } from "#services/shared/gcp/pubsub.ts";

/** Pub/Sub's limit for a message with its attributes. */
const LARGEST = 10 * 1024 * 1024;

/** As many attributes as there may be, of the longest names and values. */
const ATTRIBUTES = Object.fromEntries(
  Array.from({ length: 100 }, (_, number) => [String(number).padEnd(256, "n"), "v".repeat(1024)]),
);
const DATA = Buffer.alloc(LARGEST - 100 * (256 + 1024));

let server: GrpcServer;
beforeAll(async () => {
  const { subscriber } = pubsubServices();
  const methods = {
    // Unlike Google's, and ours, it gives what is asked for, however large.
    Pull: ({ maxMessages }: { maxMessages: number }) => ({
      receivedMessages: Array.from({ length: maxMessages }, (_, number) => ({
        ackId: `${number}`.repeat(200),
        message: { messageId: `${number}`, data: DATA, attributes: ATTRIBUTES },
      })),
    }),
  };
  server = await serveGrpc(
    [{ definition: subscriber, implementation: implementation(subscriber, methods) }],
    0,
  );
});
afterAll(() => server.stop());

test("two of the largest messages are too many, and one is not", async () => {
  const queue = createQueue({
    project: "p",
    subscription: "s",
    requestTimeoutMs: 20_000,
    pullMaxBytes: PULL_MAX_BYTES,
    emulatorHost: `127.0.0.1:${server.port}`,
  });
  await expect(queue.pull(2, 20_000)).rejects.toMatchObject({ code: "PULL_TOO_LARGE", retry: "later" });
  const given = await queue.pull(1, 20_000);
  expect(given.map(({ message }) => message.data.byteLength)).toEqual([DATA.byteLength]);
  await queue.close();
});
