/** An event goes through the production bundles, which carry less of Google's clients than the packages ship. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULLS } from "#test/support/old-rows.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";

/** Away from the checkout, so that no `node_modules` is in reach. */
const folder = mkdtempSync(join(tmpdir(), "pullhouse-journey-"));
const opened = new AsyncDisposableStack();
opened.defer(() => rmSync(folder, { recursive: true }));
afterAll(() => opened.disposeAsync());

/** What the loader answers of the rollups. */
interface Counted {
  readonly outcome: string;
  readonly days: readonly string[];
  readonly reasons: readonly string[];
}

interface Running {
  /** Resolves with the fields of the first line of this message. */
  logged(message: string): Promise<Record<string, unknown>>;
}

function start(service: string, env: NodeJS.ProcessEnv): Running {
  const child: ChildProcess = spawn(process.execPath, [join(folder, service, "main.js")], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  opened.defer(async () => {
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  reader.on("line", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  return {
    async logged(message) {
      for (;;) {
        const found = lines.find((line) => line["message"] === message);
        if (found !== undefined) return found;
        await Promise.race([
          once(reader, "line"),
          ended.then(() => Promise.reject(new Error(`${service} ended without "${message}"`))),
        ]);
      }
    },
  };
}

let cloud: LivePipeline;
let services: Record<"receiver" | "batcher" | "loader", Running>;
let url: (part: string) => string;

beforeAll(async () => {
  execFileSync(process.execPath, ["build.ts", folder], { stdio: "inherit" });
  const ports = await freePorts();
  url = (part) => `http://127.0.0.1:${ports[`PULLHOUSE_${part}_PORT`]}`;
  // The pipeline lends its stand-ins; its own services are called by nobody.
  cloud = await startLivePipeline({
    WINDOW_SECONDS: "3600",
    BATCHER_URL: url("BATCHER"),
    LOADER_URL: url("LOADER"),
  });
  opened.defer(() => cloud.stop());
  const environment = (part: string) => ({
    ...cloud.env,
    PATH: process.env["PATH"],
    WINDOW_SECONDS: "0.5",
    // The receiver's line of an event.
    LOG_LEVEL: "DEBUG",
    PORT: ports[`PULLHOUSE_${part}_PORT`],
    // The schemas beside the bundle, as on Cloud Run.
    SCHEMAS_FOLDER: "",
  });
  services = Object.fromEntries(
    ["receiver", "batcher", "loader"].map((name) => [name, start(name, environment(name.toUpperCase()))]),
  ) as typeof services;
  await Promise.all(Object.values(services).map((service) => service.logged("listening")));
});

/** @returns the status of the receiver's answer */
async function post(headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<number> {
  const answer = await fetch(url("RECEIVER"), {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${await cloud.token(body)}` },
    body: Buffer.from(body),
  });
  return answer.status;
}

test("an event is published, drained and loaded, each service woken by the alarm of the one before", async () => {
  const { headers, body } = generateEvents({ seed: "journey", group: LOCAL_GROUP, now: Date.now }).next()
    .value;

  expect(await post(headers, body)).toBe(202);
  expect(await services.receiver.logged("accepted")).toHaveProperty("messageId");
  expect(await services.batcher.logged("written")).toMatchObject({ rows: 1 });
  expect(await services.loader.logged("loaded")).toMatchObject({ inserted: 1 });
});

test("days are counted with the rollups beside the bundle, and the views that they are made from", async () => {
  const time = new Date(Date.now() - 5 * 86_400_000).toISOString();
  const day = time.slice(0, 10);
  const headers = {
    "content-type": "application/json",
    "ce-id": "a-pull-of-another-day",
    "ce-type": PULL_TYPE,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": time,
  };
  expect(await post(headers, readFileSync("test/fixtures/seed-pull/body.json"))).toBe(202);
  const loaded = () => cloud.query(`SELECT ce_id FROM ${PULLS} WHERE ce_id = '${headers["ce-id"]}'`);
  await expect.poll(loaded).toHaveLength(1);

  const rollUp = async () => {
    const answer = await fetch(`${url("LOADER")}/load?rollup=1`, { method: "POST" });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { rollup: Counted }).rollup;
  };
  // The row is there a moment before its load is booked, by which its day is known.
  const days: string[] = [];
  const counted = async () => {
    days.push(...(await rollUp()).days);
    return days;
  };
  await expect.poll(counted).toContain(day);
  expect(await rollUp()).toMatchObject({ outcome: "nothing", days: [], reasons: [] });
  const requests = `SELECT SUM(requests) AS requests FROM daily_identities WHERE day = DATE '${day}'`;
  expect(await cloud.query(requests)).toEqual([{ requests: 1 }]);
});
