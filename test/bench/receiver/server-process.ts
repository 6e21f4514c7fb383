/** The servers that are compared, one per process: the receiver with a publisher of its kind, and what it stands on. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { ulid } from "ulid";
import { PACE_MS, readBody } from "#services/receiver/body.ts";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { createReceiver } from "#services/receiver/create-receiver.ts";
import { Deadlines } from "#services/receiver/deadlines.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createPublisher } from "#services/shared/gcp/pubsub.ts";
import { armOnce } from "#services/shared/gcp/tasks.ts";
import { type HttpApp, serveHttp } from "#services/shared/http.ts";
import { createLog } from "#services/shared/log.ts";
import type { Publisher, Store } from "#services/shared/ports.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";

const HOST = "127.0.0.1";
const NO_MESSAGE = { data: Buffer.alloc(0), attributes: {} };
const BODY_MAX = 1_048_576;
/** Short for a publish, so that little of an event's latency is the wait for it. */
const PUBLISH_MS = 2;

export type Served = "bare" | "bare-publish" | "hono" | "receiver" | "receiver-client";

/** @param publisher what an answer waits for, as the receiver's does */
function bare(publisher?: Publisher): Promise<number> {
  const server = createServer((request, response) => {
    const answer = () => response.writeHead(204).end();
    request.resume().once("end", () => {
      if (publisher === undefined) answer();
      else void publisher.publish(NO_MESSAGE).then(answer);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

function honoAlone(): HttpApp {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const pace = new Deadlines(PACE_MS, systemClock);
  app.post("/", async (context) => {
    await readBody(context.env.incoming, BODY_MAX, pace);
    return new Response(null, { status: 204 });
  });
  return app;
}

function receiver(publisherOf: (config: ReturnType<typeof readReceiverConfig>) => Publisher): HttpApp {
  const config = readReceiverConfig(process.env);
  // Whatever is not published ends in a 503, which the bench does not let pass.
  const noStore: Pick<Store, "create"> = {
    create: () => Promise.reject(new Error("nothing is spilled here")),
  };
  const { app } = createReceiver(config, {
    publisher: publisherOf(config),
    store: noStore,
    alarm: { arm: armOnce(async () => {}, config.windowMs, systemClock) },
    registry: loadRegistry(config.schemasFolder),
    clock: systemClock,
    newId: () => ulid(),
    log: createLog("receiver", config.logLevel),
  });
  return app;
}

const officialClient = (config: ReturnType<typeof readReceiverConfig>) =>
  createPublisher({
    project: config.project,
    topic: config.topic,
    timeoutMs: config.publishTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
    emulatorHost: process.env["PUBSUB_EMULATOR_HOST"] as string,
  });

const listen = async (app: HttpApp) => (await serveHttp(app, { host: HOST, port: 0 })).port;

/** Messages of the same two milliseconds share one timer, as they share one request of the official client. */
function sharedDelay(): Publisher {
  let batch: Promise<string> | undefined;
  const wait = async () => {
    await sleep(PUBLISH_MS);
    batch = undefined;
    return "m1";
  };
  return { publish: () => (batch ??= wait()) };
}

const SERVERS: Readonly<Record<Served, () => Promise<number>>> = {
  bare: () => bare(),
  "bare-publish": () => bare(sharedDelay()),
  hono: () => listen(honoAlone()),
  receiver: () => listen(receiver(sharedDelay)),
  "receiver-client": () => listen(receiver(officialClient)),
};

process.send?.(await SERVERS[process.argv[2] as Served]());
