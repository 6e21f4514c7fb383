/** The supervisor of `make up`, over dummy parts. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isRunning } from "#infra/local/up/process-table.ts";
import type { Notice } from "#infra/local/up/running-part.ts";
import { supervise } from "#infra/local/up/supervise.ts";
import { dummyPart, pidOn, planOf } from "./dummies.ts";

const SUPERVISOR = fileURLToPath(new URL("./supervisor.ts", import.meta.url));

const silent = () => undefined;

/** How many of the processes are dummy parts that still run. */
async function countRunning(pids: readonly number[]): Promise<number> {
  const running = await Promise.all(pids.map((pid) => isRunning(pid, "dummy-part.ts")));
  return running.filter(Boolean).length;
}

function noticesOf() {
  const waiting: { what: Notice["what"]; resolve: (notice: Notice) => void }[] = [];
  return {
    notice: (notice: Notice) => {
      for (const one of waiting.filter(({ what }) => what === notice.what)) one.resolve(notice);
    },
    next: (what: Notice["what"]) => new Promise<Notice>((resolve) => waiting.push({ what, resolve })),
  };
}

test("a port that is taken is named with its part and the variable that moves it, and nothing starts", async () => {
  using it = planOf(await dummyPart("pubsub", "stand-in"), await dummyPart("receiver", "service"));
  const [pubsub, receiver] = it.plan.parts;
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(receiver?.port, "127.0.0.1", resolve));
  const start = supervise({ plan: it.plan, env: process.env, notice: silent });
  await expect(start).rejects.toThrow(
    `port ${receiver?.port} (receiver) is taken: stop what listens there or set PULLHOUSE_RECEIVER_PORT to a free port`,
  );
  await expect(pidOn(pubsub?.port ?? 0)).rejects.toThrow("fetch failed");
  await new Promise((resolve) => squatter.close(resolve));
});

test("two parts that are meant for one port are named before anything starts", async () => {
  const one = await dummyPart("batcher", "service");
  using it = planOf(one, { ...one, name: "loader", portVariable: "PULLHOUSE_LOADER_PORT" });
  const start = supervise({ plan: it.plan, env: process.env, notice: silent });
  await expect(start).rejects.toThrow(
    /meant for batcher and for loader: set PULLHOUSE_BATCHER_PORT or PULLHOUSE_LOADER_PORT/,
  );
});

test("a part that ends while it starts ends the start with the end of its log, and leaves nothing running", async () => {
  using it = planOf(
    await dummyPart("pubsub", "stand-in"),
    await dummyPart("loader", "service", { FAILS: "yes" }),
  );
  const start = supervise({ plan: it.plan, env: process.env, notice: silent });
  await expect(start).rejects.toThrow(/loader ended while it started:\n {2}the dummy has nothing to do/);
  await expect(pidOn(it.plan.parts[0]?.port ?? 0)).rejects.toThrow("fetch failed");
});

test("a part that is killed is started again on its port", async () => {
  using it = planOf(await dummyPart("loader", "service"));
  const { notice, next } = noticesOf();
  const supervised = await supervise({ plan: it.plan, env: process.env, notice });
  try {
    const port = it.plan.parts[0]?.port ?? 0;
    const before = await pidOn(port);
    const died = next("died");
    const back = next("back");
    process.kill(before, "SIGKILL");
    expect(await died).toMatchObject({ part: "loader", how: "SIGKILL" });
    const { pid } = (await back) as Notice & { what: "back" };
    expect(pid).not.toBe(before);
    expect(await pidOn(port)).toBe(pid);
    expect(supervised.parts[0]?.restarts).toBe(1);
  } finally {
    await supervised.stop();
  }
});

test("a part whose process id cannot be written down, as on a full disk, is tried again until it can", async () => {
  using it = planOf(await dummyPart("loader", "service"));
  const { notice, next } = noticesOf();
  const supervised = await supervise({ plan: it.plan, env: process.env, notice });
  try {
    const [died, back] = [next("died"), next("back")];
    const pidFile = join(it.plan.home, "logs", "loader.pid");
    rmSync(pidFile);
    mkdirSync(pidFile);
    process.kill(supervised.parts[0]?.pid ?? 0, "SIGKILL");
    await died;
    await next("died");
    rmSync(pidFile, { recursive: true });
    const { pid } = (await back) as Notice & { what: "back" };
    expect(await pidOn(it.plan.parts[0]?.port ?? 0)).toBe(pid);
    expect(readFileSync(pidFile, "utf8")).toBe(String(pid));
  } finally {
    await supervised.stop();
  }
});

test("stopping ends the services before the stand-ins, each with SIGTERM, and measures their memory", async () => {
  using it = planOf(await dummyPart("pubsub", "stand-in"), await dummyPart("receiver", "service"));
  const supervised = await supervise({ plan: it.plan, env: process.env, notice: silent });
  const pids = supervised.parts.map((part) => part.pid ?? 0);
  expect(await countRunning(pids)).toBe(2);
  await supervised.stop();
  await supervised.stop();
  expect(await countRunning(pids)).toBe(0);
  for (const part of supervised.parts) {
    expect(readFileSync(part.logFile, "utf8")).toContain("stopped");
    expect(part.peakBytes).toBeGreaterThan(10e6);
  }
});

test("a second pipeline over the same folder is refused while the first one runs", async () => {
  using it = planOf(await dummyPart("pubsub", "stand-in"));
  const first = await supervise({ plan: it.plan, env: process.env, notice: silent });
  const other = { ...it.plan, parts: [await dummyPart("pubsub", "stand-in")] };
  await expect(supervise({ plan: other, env: process.env, notice: silent })).rejects.toThrow(
    /running already .* PULLHOUSE_HOME/,
  );
  await first.stop();
  const second = await supervise({ plan: other, env: process.env, notice: silent });
  await second.stop();
});

interface Step {
  readonly what: string;
  readonly pids?: number[];
}

/** A supervisor as a process, and the steps that it prints. */
function startSupervisor(plan: object): { child: ChildProcess; step: (what: string) => Promise<Step> } {
  const child = spawn(process.execPath, [SUPERVISOR], {
    env: { ...process.env, PLAN: JSON.stringify(plan) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const step = async (what: string) => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const found = JSON.parse(line.value) as Step;
      if (found.what === what) return found;
    }
    throw new Error(`the supervisor ended without "${what}"`);
  };
  return { child, step };
}

test("kill -9 of the supervisor leaves no part running, and the next start waits for them to end", async () => {
  using it = planOf(await dummyPart("pubsub", "stand-in"), await dummyPart("receiver", "service"));
  const { child, step } = startSupervisor(it.plan);
  const { pids = [] } = await step("up");
  expect(await countRunning(pids)).toBe(2);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  const next = await supervise({ plan: it.plan, env: process.env, notice: silent });
  expect(await countRunning(pids)).toBe(0);
  await next.stop();
});

test("Ctrl-C ends the supervisor with all its parts", async () => {
  using it = planOf(await dummyPart("pubsub", "stand-in"), await dummyPart("receiver", "service"));
  const { child, step } = startSupervisor(it.plan);
  const { pids = [] } = await step("up");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  await step("stopped");
  expect(await ended).toBe(0);
  expect(await countRunning(pids)).toBe(0);
});
