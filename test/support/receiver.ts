/** A receiver over real HTTP whose ports are recorded and can be made to fail. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { ulid } from "ulid";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { createReceiver } from "#services/receiver/create-receiver.ts";
import { type Clock, systemClock } from "#services/shared/clock.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { serveHttp, type Where } from "#services/shared/http.ts";
import { createLog } from "#services/shared/log.ts";
import { fromMessage, type Message } from "#services/shared/message.ts";
import type { Alarm, Publisher, Store } from "#services/shared/ports.ts";
import { loadRegistry, type Registry } from "#services/shared/schema/registry.ts";
import { GROUP, type TestIssuer } from "./issuer.ts";

/** `fail`: refuses at once. `hang`: never answers. `once`: works once more, and fails then. */
type PortMode = "work" | "fail" | "hang" | "once";

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface TestReceiver {
  readonly url: string;
  readonly port: number;
  readonly modes: { publisher: PortMode; store: PortMode; alarm: PortMode };
  /** What reached the ports, in order: `publish`, `spill`, `alarm`. */
  readonly actions: string[];
  readonly published: Message[];
  readonly spilled: Map<string, Buffer>;
  /** One object per line of the log. */
  readonly logs: Record<string, unknown>[];
  /** How often each port was asked, whatever it did. */
  readonly asked: { publisher: number; store: number; alarm: number };
  post(body: Uint8Array | string, headers: Record<string, string>, path?: string): Promise<Answer>;
  connect(): Promise<Socket>;
  stop(): Promise<void>;
}

export interface ReceiverOptions {
  readonly issuer: TestIssuer;
  readonly env?: Record<string, string>;
  readonly limits?: Where["limits"];
  readonly clock?: Clock;
  readonly registry?: Registry;
}

export const PULL = readFileSync("test/fixtures/seed-pull/body.json");
const {
  host: _host,
  "content-length": _length,
  authorization: _authorization,
  ...seedHeaders
} = JSON.parse(readFileSync("test/fixtures/seed-pull/headers.json", "utf8")) as Record<string, string>;
/** The published event's own headers, without those that belong to its one connection. */
export const PULL_HEADERS: Readonly<Record<string, string>> = seedHeaders;

export async function startReceiver(options: ReceiverOptions): Promise<TestReceiver> {
  const modes: TestReceiver["modes"] = { publisher: "work", store: "work", alarm: "work" };
  const asked = { publisher: 0, store: 0, alarm: 0 };
  const actions: string[] = [];
  const published: Message[] = [];
  const spilled = new Map<string, Buffer>();
  const logs: Record<string, unknown>[] = [];

  async function port(
    name: keyof typeof modes,
    code: "QUEUE_UNAVAILABLE" | "STORE_UNAVAILABLE" | "ALARM_UNAVAILABLE",
  ) {
    asked[name] += 1;
    if (modes[name] === "hang") await new Promise(() => {});
    if (modes[name] === "once") modes[name] = "fail";
    else if (modes[name] === "fail") throw new PipelineError(code, "later", `${name} is down`);
  }

  const publisher: Publisher = {
    async publish(message) {
      await port("publisher", "QUEUE_UNAVAILABLE");
      actions.push("publish");
      return `m${published.push(message)}`;
    },
  };
  const store: Pick<Store, "create"> = {
    async create(name, bytes) {
      await port("store", "STORE_UNAVAILABLE");
      actions.push("spill");
      spilled.set(name, Buffer.from(bytes));
      return "created";
    },
  };
  const alarm: Alarm = {
    async arm(name) {
      await port("alarm", "ALARM_UNAVAILABLE");
      actions.push(`alarm ${name}`);
    },
  };

  const config = readReceiverConfig({
    GOOGLE_CLOUD_PROJECT: "test-project",
    GCS_BUCKET: "test-bucket",
    BATCHER_URL: "http://127.0.0.1:1",
    LOADER_URL: "http://127.0.0.1:1",
    CHAINGUARD_ISSUER: options.issuer.url,
    CHAINGUARD_GROUP: GROUP,
    ...options.env,
  });
  const receiver = createReceiver(config, {
    publisher,
    store,
    alarm,
    registry: options.registry ?? loadRegistry(),
    clock: options.clock ?? systemClock,
    newId: () => ulid(),
    log: createLog("receiver", "DEBUG", {
      project: config.project,
      write: (line) => logs.push(JSON.parse(line) as Record<string, unknown>),
    }),
  });
  const serving = await serveHttp(receiver.app, {
    host: "127.0.0.1",
    port: 0,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });

  return {
    url: `http://127.0.0.1:${serving.port}`,
    port: serving.port,
    modes,
    asked,
    actions,
    published,
    spilled,
    logs,
    post: (body, headers, path = "/") => post(serving.port, path, body, headers),
    connect: () => open(serving.port),
    async stop() {
      await serving.stop();
      await receiver.close();
    },
  };
}

/** The event of the message at that place; negative ones count from the end. */
export function eventAt(receiver: TestReceiver, index: number) {
  const message = receiver.published.at(index);
  if (message === undefined) throw new Error(`no message ${index}, there are ${receiver.published.length}`);
  return fromMessage(message);
}

/** Node's own client, because `fetch` adds a content type of its own and hides an answer that comes early. */
export function post(
  port: number,
  path: string,
  body: Uint8Array | string,
  headers: Record<string, string | string[]>,
  method = "POST",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: (isJson && text !== "" ? JSON.parse(text) : {}) as Record<string, unknown>,
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Everything that the other side sends until it closes. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}
