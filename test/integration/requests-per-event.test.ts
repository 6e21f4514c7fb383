/** How many requests events cost on the way out of the receiver and on the way to its keys. */
import { afterEach, expect, test } from "vitest";
import { type GrpcServer, serveGrpc } from "#infra/local/grpc/grpc-server.ts";
import { implementation } from "#infra/local/grpc/grpc-service.ts";
import { pubsubServices } from "#infra/local/pubsub/service-definition.ts";
import { createPublisher } from "#services/shared/gcp/pubsub.ts";
import { startTestIssuer } from "#test/support/issuer.ts";
import { PULL_HEADERS, startReceiver } from "#test/support/receiver.ts";

let server: GrpcServer | undefined;
afterEach(() => server?.stop());

/** Takes every message and notes how many came together. */
async function startCounting() {
  const sizes: number[] = [];
  const { publisher } = pubsubServices();
  server = await serveGrpc(
    [
      {
        definition: publisher,
        implementation: implementation(publisher, {
          Publish: ({ messages }: { messages: readonly unknown[] }) => {
            sizes.push(messages.length);
            return { messageIds: messages.map((_, index) => `${sizes.length}-${index}`) };
          },
        }),
      },
    ],
    0,
  );
  const client = createPublisher({
    project: "counting",
    topic: "events",
    timeoutMs: 20_000,
    requestTimeoutMs: 20_000,
    emulatorHost: `127.0.0.1:${server.port}`,
  });
  return { client, sizes };
}

test("messages that are published together travel together, a hundred in a request", async () => {
  const { client, sizes } = await startCounting();
  const publish = () => client.publish({ data: Buffer.from("{}"), attributes: { "ce-id": "1" } });
  await publish();
  expect(sizes.splice(0)).toEqual([1]);
  await Promise.all(Array.from({ length: 250 }, publish));
  expect(sizes.toSorted((a, b) => b - a)).toEqual([100, 100, 50]);
  await client.close();
});

test("a hundred events ask the issuer twice, Pub/Sub once each, and nobody else", async () => {
  const issuer = await startTestIssuer();
  const receiver = await startReceiver({ issuer });
  const bodies = Array.from({ length: 100 }, (_, index) => Buffer.from(`{"index":${index}}`));
  const answers = await Promise.all(
    bodies.map(async (body) =>
      receiver.post(body, { ...PULL_HEADERS, authorization: `Bearer ${await issuer.token(body)}` }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(issuer.fetches).toEqual({ discovery: 1, keys: 1 });
  expect(receiver.asked).toMatchObject({ publisher: 100, store: 0 });
  await receiver.stop();
  await issuer.close();
});
