/** The parts of the Cloud Tasks stand-in whose times are too long to wait for. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endTask } from "#infra/local/tasks/attempt-record.ts";
import { backoffMs, isExhausted } from "#infra/local/tasks/backoff.ts";
import { sendAttempt } from "#infra/local/tasks/http-attempt.ts";
import { applySettings } from "#infra/local/tasks/queue-settings.ts";
import { openStore } from "#infra/local/tasks/store.ts";
import { taskRecord } from "#infra/local/tasks/task-request.ts";
import { createTokenBucket } from "#infra/local/tasks/token-bucket.ts";

const seconds = (n: number) => ({ seconds: n, nanos: 0 });

function settings(retryConfig: object) {
  const unset = {
    maxAttempts: 0,
    maxRetryDuration: null,
    minBackoff: null,
    maxBackoff: null,
    maxDoublings: 0,
  };
  return applySettings(
    undefined,
    { name: "q", rateLimits: null, retryConfig: { ...unset, ...retryConfig } },
    [],
  );
}

function record(url: string, name = "projects/p/locations/l/queues/q/tasks/t") {
  const httpRequest = { url, httpMethod: "POST" as const, headers: {}, body: new Uint8Array() };
  const queue = { name: "q", paused: false, settings: settings({}), purgeMicros: null };
  return taskRecord({ name, httpRequest, scheduleTime: null, dispatchDeadline: null }, name, queue, 0);
}

test("the waits between retries are those of Google's example", () => {
  const example = settings({ minBackoff: seconds(10), maxBackoff: seconds(300), maxDoublings: 3 });
  const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffMs(example, failures) / 1000);
  expect(waits).toEqual([10, 20, 40, 80, 160, 240, 300, 300]);
});

test("the waits of a task that failed for a month stay at the maximum", () => {
  expect(backoffMs(settings({ maxDoublings: 5000 }), 100_000)).toBe(3_600_000);
  expect(backoffMs(settings({ maxDoublings: 5000, minBackoff: seconds(0) }), 100_000)).toBe(0);
});

test("attempts end when both the number and the duration are reached, and never with -1", () => {
  const bounded = settings({ maxAttempts: 3, maxRetryDuration: seconds(60) });
  expect(isExhausted(bounded, 2, 100_000)).toBe(false);
  expect(isExhausted(bounded, 3, 59_999)).toBe(false);
  expect(isExhausted(bounded, 3, 60_000)).toBe(true);
  expect(isExhausted(settings({ maxAttempts: -1 }), 1_000_000, 1e12)).toBe(false);
});

test("a token bucket lets a burst through and then the rate", () => {
  const bucket = createTokenBucket();
  const take = (ms: number) => bucket.take(ms, { perSecond: 10, burst: 3 });
  expect([take(0), take(0), take(0), take(0)]).toEqual([0, 0, 0, 100]);
  expect(take(60)).toBeCloseTo(40);
  expect(take(100)).toBe(0);
  expect([take(10_000), take(10_000), take(10_000), take(10_000)]).toEqual([0, 0, 0, 100]);
});

test("the name of a task that ended is free again after 24 hours, also after a restart", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-tasks-store-"));
  try {
    const day = 24 * 60 * 60 * 1000;
    const task = record("http://127.0.0.1/");
    const before = openStore(stateDir);
    before.tasks.insert(task);
    endTask(before, task.name, 1000);
    expect(before.tasks.get(task.name)).toBeUndefined();
    before.close();
    const store = openStore(stateDir);
    store.names.prune(1000 + day - 1);
    expect(store.names.isTaken(task.name, 1000 + day - 1)).toBe(true);
    expect(store.names.isTaken(task.name, 1000 + day)).toBe(false);
    store.close();
  } finally {
    rmSync(stateDir, { recursive: true });
  }
});

test("a service that does not answer is cut off at the dispatch deadline", async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const closed = new Promise<void>((resolve) => {
    server.on("connection", (socket) => socket.on("close", () => resolve()));
  });
  const task = record(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const outcome = await sendAttempt({ ...task, deadlineMs: 50 }, new AbortController().signal);
  expect(outcome).toEqual({ outcome: "deadline" });
  await closed;
  server.close();
});

test("an answer that breaks off is no success", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("half");
    setImmediate(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const task = record(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const outcome = await sendAttempt(task, new AbortController().signal);
  expect(outcome.outcome).toBe("unreachable");
  server.close();
});
