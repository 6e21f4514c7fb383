/** A real nats-server between a publisher, who stands for zot, and the bridge's process, a receiver behind it. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { isInstalled } from "#test/support/commands.ts";
import { startTestIssuer } from "#test/support/issuer.ts";
import { type NatsServer, startNatsServer } from "#test/support/nats-server.ts";
import { startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { type Bridge, startBridge, TOKEN } from "./bridge-process.ts";

export const SUBJECT = "zot.events";

const isHere = isInstalled("nats-server");
/** For `describe.skipIf`. */
export const MISSING = !isHere;
export const WHY_SKIPPED = isHere ? "" : " (skipped: nats-server is not installed)";

export const [DATA] = JSON.parse(
  readFileSync("test/fixtures/zot/zotregistry.image.updated.json", "utf8"),
) as [object];

/** As zot writes it: structured JSON. */
export const event = (id: string) =>
  JSON.stringify({
    specversion: "1.0",
    id,
    source: "zotregistry.dev",
    type: "zotregistry.image.updated",
    datacontenttype: "application/json",
    time: "2026-08-21T10:11:12.123456789Z",
    data: DATA,
  });

const HEADERS_OF_A_PULL = [
  "ce-specversion: 1.0",
  "ce-source: zotregistry.dev",
  "ce-type: zotregistry.image.updated",
];

/** A binary event's headers in which one stands twice, in several spellings or one after the other. */
export const REPEATED = [
  ["ce-id: first", "ce-id: second"],
  ["ce-id: first", "Ce-Id: second"],
  ["ce-id: first", "ce-id: first"],
  ["ce-id: an-id", "CE-Type: dev.example.other"],
  ["ce-id: an-id", "content-type: application/json", "Content-Type: text/plain"],
].map((lines) => [...HEADERS_OF_A_PULL, ...lines].join("\r\n"));

export const ids = (count: number) => Array.from({ length: count }, (_, number) => `event-${number}`);

export interface Scene {
  readonly receiver: TestReceiver;
  readonly server: NatsServer;
  readonly zot: NatsConnection;
  bridge(variables?: Record<string, string>): Bridge;
  publish(...eventIds: readonly string[]): Promise<void>;
  /** Headers and payload as the protocol carries them, past what our client would refuse to send. */
  publishRaw(headers: string, payload: string): Promise<void>;
  /** The ids that the receiver has published. */
  readonly arrived: () => Set<string | undefined>;
  /** Whether it takes what is posted, or answers 503. */
  receiverTakes(is: boolean): void;
  /** How many messages of the stream are not forwarded: never delivered, or delivered and not acknowledged. */
  readonly owed: () => Promise<number>;
  addStream(name?: string, ...subjects: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const issuer = await startTestIssuer();
  const receiver = await startReceiver({ issuer, env: { ZOT_TOKENS: TOKEN } });
  const server = await startNatsServer(["--jetstream"]);
  const zot = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const bridges: Bridge[] = [];
  return {
    receiver,
    server,
    zot,
    bridge(variables = {}) {
      const own = { NATS_URL: server.url, RECEIVER_URL: `${receiver.url}/zot` };
      const started = startBridge({ ...own, ...variables });
      bridges.push(started);
      return started;
    },
    async publish(...eventIds) {
      for (const id of eventIds) zot.publish(SUBJECT, event(id));
      await zot.flush();
    },
    async publishRaw(headers, payload) {
      const head = Buffer.from(`NATS/1.0\r\n${headers}\r\n\r\n`);
      const body = Buffer.from(payload);
      const socket = connectSocket(Number(new URL(server.url).port), "127.0.0.1");
      socket.write('CONNECT {"verbose":false,"headers":true,"protocol":1}\r\n');
      socket.write(`HPUB ${SUBJECT} ${head.length} ${head.length + body.length}\r\n`);
      socket.end(Buffer.concat([head, body, Buffer.from("\r\nPING\r\n")]));
      socket.resume();
      await once(socket, "close");
    },
    arrived: () => new Set(receiver.published.map(({ attributes }) => attributes["ce-id"])),
    receiverTakes(is) {
      receiver.modes.publisher = is ? "work" : "fail";
      // Else what it could not publish a moment ago would be in the store, and not among the published.
      receiver.modes.store = "fail";
    },
    owed: async () => {
      const manager = await jetstreamManager(zot);
      const { num_pending, num_ack_pending } = await manager.consumers.info("zot", "pullhouse");
      return num_pending + num_ack_pending;
    },
    async addStream(name = "zot", ...subjects) {
      const manager = await jetstreamManager(zot);
      await manager.streams.add({ name, subjects: subjects.length > 0 ? [...subjects] : ["zot.>"] });
    },
    async end() {
      await Promise.all(bridges.map((one) => one.end("SIGKILL")));
      await zot.close();
      await server.remove();
      await receiver.stop();
      await issuer.close();
    },
  };
}
