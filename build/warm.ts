/**
 * While the image is built: runs each service once, as the user that it will have, so that Node's compile cache holds
 * what it reads until its first answer (https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache). The cache's
 * folder is named after Node's version, the processor and the user, so only the image itself can have it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SERVICES = ["receiver", "batcher", "loader"];
/** `nonroot` of the base image, as in the Dockerfile. */
const NOBODY = { uid: 65_532, gid: 65_532 };
const READ_ALL = 0o444;
const SEARCH_ALL = 0o555;

/** Enough to start; nothing is there, and nothing is asked. */
const NOWHERE = "127.0.0.1:9";
const SETTINGS = {
  GOOGLE_CLOUD_PROJECT: "warm-up",
  GCS_BUCKET: "warm-up",
  CHAINGUARD_GROUP: "warm-up",
  CHAINGUARD_ISSUER: `http://${NOWHERE}`,
  BATCHER_URL: `http://${NOWHERE}`,
  LOADER_URL: `http://${NOWHERE}`,
  PUBSUB_EMULATOR_HOST: NOWHERE,
  STORAGE_EMULATOR_HOST: `http://${NOWHERE}`,
  BIGQUERY_EMULATOR_HOST: `http://${NOWHERE}`,
  CLOUD_TASKS_EMULATOR_HOST: NOWHERE,
  METADATA_SERVER_DETECTION: "none",
  LOG_LEVEL: "DEBUG",
  HOST: "127.0.0.1",
  PORT: "0",
};

const cache = process.env["NODE_COMPILE_CACHE"];
if (!cache) throw new Error("NODE_COMPILE_CACHE says where the cache is, and is not set");
mkdirSync(cache, { recursive: true });
chownSync(cache, NOBODY.uid, NOBODY.gid);
for (const service of SERVICES) await runOnce(service);
close(cache);

async function runOnce(service: string): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, service, "main.js")], {
    env: { ...process.env, ...SETTINGS },
    stdio: ["ignore", "pipe", "inherit"],
    ...NOBODY,
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  const { ok } = await fetch(`http://127.0.0.1:${await untilReady(child)}/health`);
  if (!ok) throw new Error(`${service} is not healthy`);
  child.kill("SIGTERM");
  const [code] = await ended;
  if (code !== 0) throw new Error(`${service} ended with ${code}`);
}

/** @returns its port. It ends without these lines when its settings are not enough. */
async function untilReady(child: ChildProcess): Promise<number> {
  let listening: number | undefined;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const { message, port } = JSON.parse(line) as { message?: string; port?: number };
    listening ??= port;
    if (message === "ready" && listening !== undefined) return listening;
  }
  throw new Error("it ended before it was ready");
}

/** Read by the services, and theirs to change no more. Node writes the files for their owner alone. */
function close(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      close(path);
      continue;
    }
    chownSync(path, 0, 0);
    chmodSync(path, READ_ALL);
  }
  chownSync(folder, 0, 0);
  chmodSync(folder, SEARCH_ALL);
}
