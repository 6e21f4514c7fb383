/** The Cloud Tasks stand-in as a process that dies without warning. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CloudTasksClient } from "@google-cloud/tasks";
import { credentials, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { LOCATION, startTarget } from "./tasks-harness.ts";

const home = mkdtempSync(join(tmpdir(), "pullhouse-tasks-killed-"));
const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) await kill(child, "SIGKILL");
  rmSync(home, { recursive: true });
});

/** Starts the process; resolves with its port once it says that it listens. */
async function start(port: number): Promise<{ child: ChildProcess; port: number }> {
  const main = new URL("../../../infra/local/tasks/main.ts", import.meta.url).pathname;
  const env = { ...process.env, PULLHOUSE_HOME: home, PULLHOUSE_TASKS_PORT: String(port) };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  expect(line).toMatch(/^tasks listening on 127\.0\.0\.1:\d+$/);
  return { child, port: Number(line.slice(line.lastIndexOf(":") + 1)) };
}

/** @returns the exit status, null when the signal ended the process */
async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  running.delete(child);
  return code;
}

test("after SIGKILL nothing accepted is lost, what was under way is sent again, and done stays done", async () => {
  const target = await startTarget();
  const first = await start(0);
  const client = new CloudTasksClient({
    apiEndpoint: "127.0.0.1",
    port: first.port,
    sslCreds: credentials.createInsecure(),
  });
  const parent = `${LOCATION}/queues/drain`;
  const create = (id: string) =>
    client.createTask({ parent, task: { name: `${parent}/tasks/${id}`, httpRequest: { url: target.url } } });
  await client.createQueue({
    parent: LOCATION,
    queue: { name: parent, rateLimits: { maxConcurrentDispatches: 1 } },
  });
  for (const id of ["done", "under-way", "waiting"]) await create(id);
  (await target.nextCall()).answer(200);
  const lost = await target.nextCall();
  expect(lost.headers["x-cloudtasks-taskname"]).toBe("under-way");
  expect(await kill(first.child, "SIGKILL")).toBeNull();

  const second = await start(first.port);
  const seen = [];
  for (let i = 0; i < 2; i++) {
    const call = await target.nextCall();
    seen.push([call.headers["x-cloudtasks-taskname"], call.headers["x-cloudtasks-taskretrycount"]]);
    call.answer(200);
  }
  expect(seen).toEqual([
    ["under-way", "1"],
    ["waiting", "0"],
  ]);
  await expect(create("done")).rejects.toMatchObject({ code: status.ALREADY_EXISTS });
  await client.close();
  expect(await kill(second.child, "SIGTERM")).toBe(0);
  await target.close();
});
