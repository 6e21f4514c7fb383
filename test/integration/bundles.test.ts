/** The production bundles start, answer and stop, with nothing but Node beside them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Away from the checkout, so that no `node_modules` is in reach. */
const folder = mkdtempSync(join(tmpdir(), "pullhouse-bundles-"));

beforeAll(() => {
  execFileSync(process.execPath, ["build.ts", folder], { stdio: "inherit" });
});
afterAll(() => rmSync(folder, { recursive: true }));

const environment = {
  PATH: process.env["PATH"] ?? "",
  METADATA_SERVER_DETECTION: "none",
  GOOGLE_CLOUD_PROJECT: "pullhouse-local",
  GCS_BUCKET: "pullhouse-local",
  CHAINGUARD_GROUP: "45a0c61ea6fd977f050c5fb9ac06a69eed764595",
  CHAINGUARD_ISSUER: "http://127.0.0.1:9",
  BATCHER_URL: "http://127.0.0.1:9",
  LOADER_URL: "http://127.0.0.1:9",
  PUBSUB_EMULATOR_HOST: "127.0.0.1:9",
  STORAGE_EMULATOR_HOST: "http://127.0.0.1:9",
  BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:9",
  CLOUD_TASKS_EMULATOR_HOST: "127.0.0.1:9",
  HOST: "127.0.0.1",
  PORT: "0",
};

function start(
  service: string,
  variables: Record<string, string>,
  { cwd = folder, options = [] }: { cwd?: string; options?: readonly string[] } = {},
): ChildProcess {
  return spawn(process.execPath, [...options, join(cwd, service, "main.js")], { cwd, env: variables });
}

interface Line {
  readonly message: string;
  readonly port?: number;
  readonly hasReadFetch?: boolean;
}

async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const { message, port } = JSON.parse(line) as Line;
    if (message === "listening") return port ?? 0;
  }
  throw new Error("it ended before it listened");
}

test.each(["receiver", "batcher", "loader"])(
  "%s listens, is healthy, and stops on SIGTERM",
  async (service) => {
    const child = start(service, environment);
    const port = await portOf(child);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];

    expect(health.status).toBe(200);
    expect(code).toBe(0);
  },
);

test.each(["receiver", "batcher", "loader"])(
  "%s names every wrong variable and does not start",
  async (service) => {
    const { GCS_BUCKET: _missing, ...rest } = environment;
    const child = start(service, { ...rest, WINDOW_SECONDS: "soon", PORT: "99999" });
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number];

    expect(code).toBe(2);
    expect(errors.trim().split("\n")).toEqual([
      `${service}: PORT is "99999", it takes a whole number from 0 to 65535`,
      `${service}: GCS_BUCKET is not set, it must be`,
      `${service}: WINDOW_SECONDS is "soon", it takes seconds from 0.5 to 3600`,
    ]);
  },
);

test("a client that cannot be read after the start ends the process, as a failure of the start would", async () => {
  const broken = mkdtempSync(join(tmpdir(), "pullhouse-broken-bundle-"));
  try {
    cpSync(folder, broken, { recursive: true });
    const chunks = readdirSync(broken).filter((file) => /^pubsub-\w+\.js$/.test(file));
    expect(chunks).toHaveLength(1);
    for (const chunk of chunks) rmSync(join(broken, chunk));
    const child = start("receiver", environment, { cwd: broken });
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number];

    expect(code).toBe(1);
    expect(JSON.parse(errors)).toMatchObject({ severity: "CRITICAL", service: "receiver" });
    expect(errors).toContain("ERR_MODULE_NOT_FOUND");
  } finally {
    rmSync(broken, { recursive: true });
  }
});

/** Adds to each line of the log whether Node has read what is behind `fetch` by then (services/shared/node-http.ts says why). */
const TELL_FETCH = `data:text/javascript,${encodeURIComponent(`
  const { write } = process.stdout;
  process.stdout.write = (line) => {
    const hasReadFetch = process.moduleLoadList.includes("NativeModule internal/deps/undici/undici");
    return write.call(process.stdout, JSON.stringify({ ...JSON.parse(line), hasReadFetch }) + "\\n");
  };
`)}`;

const WITH_SENDERS = {
  ...environment,
  ZOT_TOKENS: "0123456789abcdef",
  HARBOR_AUTHORIZATION: "Bearer 0123456789abcdef",
};

/** Resolves with the next line of that message. */
function linesOf(child: ChildProcess): (message: string) => Promise<Line> {
  const log = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return async (message) => {
    for (;;) {
      const { value, done } = await log.next();
      if (done === true) throw new Error(`it ended without "${message}"`);
      const line = JSON.parse(value) as Line;
      if (line.message === message) return line;
    }
  };
}

test.each(["receiver", "batcher", "loader"])("%s listens before it reads fetch", async (service) => {
  const child = start(service, WITH_SENDERS, { options: ["--import", TELL_FETCH] });
  expect(await linesOf(child)("listening")).toHaveProperty("hasReadFetch", false);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("an event needs nothing of fetch, unlike the receiver's other routes", async () => {
  const child = start("receiver", WITH_SENDERS, { options: ["--import", TELL_FETCH] });
  const next = linesOf(child);
  const { port } = await next("listening");
  const url = `http://127.0.0.1:${port}`;
  const statusOfEvent = async () => (await fetch(url, { method: "POST", body: "{}" })).status;

  expect(await statusOfEvent()).toBe(401);
  expect(await next("refused")).toHaveProperty("hasReadFetch", false);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await statusOfEvent()).toBe(401);
  expect(await next("refused")).toHaveProperty("hasReadFetch", true);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test.each([
  { what: "Hono's server", has: "x-hono-already-sent" },
  { what: "the routes", has: "see the documentation for the addresses" },
])("without $what an event is judged as ever, other requests are told, and the log", async ({ has }) => {
  const broken = mkdtempSync(join(tmpdir(), "pullhouse-broken-routes-"));
  try {
    cpSync(folder, broken, { recursive: true });
    const chunks = readdirSync(broken).filter((file) => file.endsWith(".js"));
    const missing = chunks.filter((file) => readFileSync(join(broken, file), "utf8").includes(has));
    expect(missing).not.toEqual([]);
    for (const chunk of missing) rmSync(join(broken, chunk));
    const child = start("receiver", environment, { cwd: broken });
    const next = linesOf(child);
    const url = `http://127.0.0.1:${(await next("listening")).port}`;

    expect((await fetch(`${url}/health`)).status).toBe(500);
    expect(await next("internal error")).toHaveProperty(
      "reason",
      expect.stringMatching(/Cannot find module/),
    );
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  } finally {
    rmSync(broken, { recursive: true });
  }
});
