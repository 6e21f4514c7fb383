/** The receiver as its own process, with the local Pub/Sub, Cloud Storage and Cloud Tasks around it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PubSub } from "@google-cloud/pubsub";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { createQueue } from "#services/shared/gcp/pubsub.ts";
import { fromMessage, type Message } from "#services/shared/message.ts";
import { GROUP } from "#test/support/issuer.ts";

const PROJECT = "test-project";
const TOPIC = "events";
const SUBSCRIPTION = "batcher";
const BUCKET = "bucket";

export interface LocalCloud {
  readonly variables: Readonly<Record<string, string>>;
  /** Ids of all events in the queue; takes them out. */
  drainIds(): Promise<string[]>;
  /** Ids of all events in the spill. */
  spilledIds(): Promise<string[]>;
  stopPubSub(): Promise<void>;
  close(): Promise<void>;
}

export async function startCloud(): Promise<LocalCloud> {
  const home = mkdtempSync(join(tmpdir(), "receiver-process-"));
  const stateOf = (name: string) => {
    const stateDir = join(home, name);
    mkdirSync(stateDir);
    return stateDir;
  };
  const pubsub: StandIn = await startPubSub({ port: 0, stateDir: stateOf("pubsub") });
  const storage: StandIn = await startStorage({ port: 0, stateDir: stateOf("storage") });
  const pubsubHost = `127.0.0.1:${pubsub.port}`;
  const storageUrl = `http://127.0.0.1:${storage.port}`;

  const admin = new PubSub({ projectId: PROJECT, apiEndpoint: pubsubHost, emulatorMode: true });
  await admin.createTopic(TOPIC);
  await admin.createSubscription(TOPIC, SUBSCRIPTION, { ackDeadlineSeconds: 60 });
  await admin.close();
  await fetch(`${storageUrl}/storage/v1/b?project=${PROJECT}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: BUCKET }),
  });
  const queue = createQueue({
    project: PROJECT,
    subscription: SUBSCRIPTION,
    requestTimeoutMs: 20_000,
    emulatorHost: pubsubHost,
  });
  const idOf = (message: Message) => fromMessage(message).event.id;

  return {
    variables: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      GCS_BUCKET: BUCKET,
      PUBSUB_TOPIC: TOPIC,
      PUBSUB_EMULATOR_HOST: pubsubHost,
      STORAGE_EMULATOR_HOST: storageUrl,
      CHAINGUARD_GROUP: GROUP,
      CLOUD_TASKS_EMULATOR_HOST: "127.0.0.1:1",
      BATCHER_URL: "http://127.0.0.1:1",
      LOADER_URL: "http://127.0.0.1:1",
    },
    async drainIds() {
      const ids: string[] = [];
      for (;;) {
        const deliveries = await queue.pull(1_000, 500);
        if (deliveries.length === 0) return ids;
        ids.push(...deliveries.map(({ message }) => idOf(message)));
        await queue.acknowledge(deliveries.map(({ ackId }) => ackId));
      }
    },
    async spilledIds() {
      const listed = await fetch(`${storageUrl}/storage/v1/b/${BUCKET}/o?prefix=spill/&maxResults=1000`);
      const { items = [] } = (await listed.json()) as { items?: { name: string }[] };
      return Promise.all(
        items.map(async ({ name }) => {
          const url = `${storageUrl}/storage/v1/b/${BUCKET}/o/${encodeURIComponent(name)}?alt=media`;
          const { attributes, data_base64 } = (await (await fetch(url)).json()) as {
            attributes: Record<string, string>;
            data_base64: string;
          };
          return idOf({ attributes, data: Buffer.from(data_base64, "base64") });
        }),
      );
    },
    stopPubSub: () => pubsub.close(),
    async close() {
      await queue.close();
      await Promise.all([pubsub.close(), storage.close()]);
      rmSync(home, { recursive: true });
    },
  };
}

export interface ReceiverProcess {
  readonly port: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the line of the log that has this message. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** Status and what was written to stderr. */
  readonly exited: Promise<{ readonly status: number | null; readonly stderr: string }>;
}

/** Waits until it listens. */
export async function startProcess(variables: Readonly<Record<string, string>>): Promise<ReceiverProcess> {
  const receiver = spawnReceiver({ HOST: "127.0.0.1", PORT: "0", ...variables });
  const listening = await Promise.race([receiver.logged("listening"), receiver.exited]);
  if (!("port" in listening)) throw new Error(`the receiver did not start: ${JSON.stringify(listening)}`);
  return { ...receiver, port: Number(listening["port"]) };
}

export function spawnReceiver(variables: Readonly<Record<string, string>>): Omit<ReceiverProcess, "port"> {
  const child = spawn(process.execPath, ["services/receiver/main.ts"], {
    env: { PATH: process.env["PATH"], METADATA_SERVER_DETECTION: "none", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const seen = new Map<string, Record<string, unknown>>();
  const waiting = new Map<string, (line: Record<string, unknown>) => void>();
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as Record<string, unknown>;
    const message = String(line["message"]);
    if (!seen.has(message)) seen.set(message, line);
    waiting.get(message)?.(line);
  });
  const exited = once(child, "close").then(([status]) => ({ status: status as number | null, stderr }));
  return {
    exited,
    signal: (name) => void child.kill(name),
    logged: (message) =>
      new Promise((resolve) => {
        const line = seen.get(message);
        if (line === undefined) waiting.set(message, resolve);
        else resolve(line);
      }),
  };
}
