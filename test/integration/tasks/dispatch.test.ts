/** When and how the Cloud Tasks stand-in calls a service, seen through Google's own client. */
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inMs, startTasksHarness, type TasksHarness } from "./tasks-harness.ts";

let tasks: TasksHarness;
beforeEach(async () => {
  tasks = await startTasksHarness();
});
afterEach(() => tasks.close());

const ms = (n: number) => ({ seconds: Math.floor(n / 1000), nanos: (n % 1000) * 1_000_000 });

test("a task becomes the request that it describes, with the headers of Cloud Tasks", async () => {
  const queue = await tasks.queue("drain");
  const createdMs = Date.now();
  const name = await tasks.task(queue, {
    name: `${queue}/tasks/1f3a-window_7`,
    httpRequest: {
      url: `${tasks.target.url}/drain?window=7`,
      httpMethod: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-Own": "1",
        "User-Agent": "me",
        "X-CloudTasks-TaskName": "no",
      },
      body: Buffer.from('{"window":7}'),
    },
  });
  const call = await tasks.target.nextCall();
  call.answer(204);
  await tasks.ended(name);
  expect(call).toMatchObject({ method: "POST", path: "/drain?window=7", body: '{"window":7}' });
  expect(call.headers).toMatchObject({
    "content-type": "application/json",
    "content-length": "12",
    "x-own": "1",
    "user-agent": "Google-Cloud-Tasks",
    "x-cloudtasks-queuename": "drain",
    "x-cloudtasks-taskname": "1f3a-window_7",
    "x-cloudtasks-taskretrycount": "0",
    "x-cloudtasks-taskexecutioncount": "0",
  });
  const etaMs = Number(call.headers["x-cloudtasks-tasketa"]) * 1000;
  expect(etaMs).toBeGreaterThan(createdMs - 1_000);
  expect(etaMs).toBeLessThanOrEqual(call.atMs + 1_000);
});

test("a task waits for its schedule time", async () => {
  const queue = await tasks.queue("drain");
  const scheduleTime = inMs(700);
  await tasks.task(queue, { scheduleTime });
  await tasks.task(queue);
  const first = await tasks.target.nextCall();
  first.answer(200);
  const second = await tasks.target.nextCall();
  second.answer(200);
  const dueMs = scheduleTime.seconds * 1000 + scheduleTime.nanos / 1_000_000;
  expect(first.atMs).toBeLessThan(dueMs);
  expect(second.atMs).toBeGreaterThanOrEqual(dueMs);
});

test("anything but a 2xx is retried with growing waits, and the headers count the attempts", async () => {
  const queue = await tasks.queue("drain", {
    retryConfig: { maxAttempts: -1, minBackoff: ms(100), maxBackoff: ms(300), maxDoublings: 1 },
  });
  const name = await tasks.task(queue);
  const seen = [];
  const times: number[] = [];
  for (const status of [503, 404, 302, 500, 200]) {
    const call = await tasks.target.nextCall();
    times.push(call.atMs);
    seen.push([
      call.headers["x-cloudtasks-taskretrycount"],
      call.headers["x-cloudtasks-taskexecutioncount"],
      call.headers["x-cloudtasks-taskpreviousresponse"],
    ]);
    call.answer(status);
  }
  await tasks.ended(name);
  expect(seen).toEqual([
    ["0", "0", undefined],
    ["1", "0", "503"],
    ["2", "1", "404"],
    ["3", "2", "302"],
    ["4", "2", "500"],
  ]);
  const waits = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  // 100 ms, doubled once, then the maximum; what a busy machine adds is no matter.
  for (const [i, least] of [100, 200, 300, 300].entries()) expect(waits[i]).toBeGreaterThanOrEqual(least - 2);
});

test("a task that has used up its attempts is deleted", async () => {
  const queue = await tasks.queue("drain", { retryConfig: { maxAttempts: 2, minBackoff: ms(10) } });
  const name = await tasks.task(queue);
  for (let i = 0; i < 2; i++) (await tasks.target.nextCall()).answer(500);
  await tasks.ended(name);
  expect(tasks.target.untaken).toEqual([]);
});

test("a service that does not listen is tried again until it does", async () => {
  const queue = await tasks.queue("drain", {
    retryConfig: { maxAttempts: -1, minBackoff: ms(20), maxBackoff: ms(20) },
  });
  const free = new URL(tasks.target.url);
  await tasks.target.close();
  const name = await tasks.task(queue, { httpRequest: { url: free.href } });
  let message = "";
  while (!message) {
    const [task] = await tasks.client.getTask({ name });
    message = task.lastAttempt?.responseStatus?.message ?? "";
  }
  expect(message).toMatch(/^UNAVAILABLE\(14\): .*ECONNREFUSED/);
  await tasks.client.deleteTask({ name });
});

describe("limits of a queue", () => {
  test("with maxConcurrentDispatches 1 the second task starts when the first is answered", async () => {
    const queue = await tasks.queue("drain", { rateLimits: { maxConcurrentDispatches: 1 } });
    for (let i = 0; i < 3; i++) await tasks.task(queue);
    for (let i = 0; i < 3; i++) {
      const call = await tasks.target.nextCall();
      // Two of the three are due all this time: a queue that let one through would send it at once.
      await wait(60);
      expect(tasks.target.untaken).toHaveLength(0);
      call.answer(200);
    }
  });

  test("without that limit the tasks of a queue run at the same time", async () => {
    const queue = await tasks.queue("wide");
    for (let i = 0; i < 3; i++) await tasks.task(queue);
    const calls = [
      await tasks.target.nextCall(),
      await tasks.target.nextCall(),
      await tasks.target.nextCall(),
    ];
    for (const call of calls) call.answer(200);
    expect(new Set(calls.map((call) => call.headers["x-cloudtasks-taskname"])).size).toBe(3);
  });

  test("maxDispatchesPerSecond spaces the tasks that are over the burst", async () => {
    const queue = await tasks.queue("slow", { rateLimits: { maxDispatchesPerSecond: 10 } });
    const [settings] = await tasks.client.getQueue({ name: queue });
    const burst = Number(settings.rateLimits?.maxBurstSize);
    const over = 4;
    const count = burst + over;
    let last = 0;
    const start = Date.now();
    await Promise.all(Array.from({ length: count }, () => tasks.task(queue)));
    for (let i = 0; i < count; i++) {
      const call = await tasks.target.nextCall();
      last = call.atMs;
      call.answer(200);
    }
    // Ten a second for those over the burst, since the first of them was there; a busy machine only adds to it.
    expect(last - start).toBeGreaterThanOrEqual((over / 10) * 1000 - 10);
  });

  test("a paused queue takes tasks and runs them after it is resumed", async () => {
    const queue = await tasks.queue("drain");
    const [paused] = await tasks.client.pauseQueue({ name: queue });
    expect(paused.state).toBe("PAUSED");
    await tasks.task(queue);
    await wait(60);
    expect(tasks.target.untaken).toHaveLength(0);
    await tasks.client.resumeQueue({ name: queue });
    (await tasks.target.nextCall()).answer(200);
  });

  test("RunTask sends a task of a paused queue before its time, and a failure keeps the task", async () => {
    const queue = await tasks.queue("drain", { retryConfig: { minBackoff: ms(60_000) } });
    await tasks.client.pauseQueue({ name: queue });
    const name = await tasks.task(queue, { scheduleTime: inMs(3_600_000) });
    const [dispatched] = await tasks.client.runTask({ name });
    expect(dispatched).toMatchObject({ dispatchCount: 1, responseCount: 0 });
    const answeredMs = Date.now();
    (await tasks.target.nextCall()).answer(500);
    let task = dispatched;
    while (!task.responseCount) [task] = await tasks.client.getTask({ name });
    expect(task.lastAttempt?.responseStatus).toMatchObject({
      code: 13,
      message: "INTERNAL(13): HTTP status code 500",
    });
    const dueMs = Number(task.scheduleTime?.seconds) * 1000;
    // A minute after the answer was dealt with; times are in whole seconds.
    expect(dueMs).toBeGreaterThan(answeredMs + 59_000);
    expect(dueMs).toBeLessThan(Date.now() + 61_000);
  });
});

describe("a restart", () => {
  test("keeps queues, waiting tasks and the names of finished tasks", async () => {
    const queue = await tasks.queue("drain", { rateLimits: { maxConcurrentDispatches: 1 } });
    const done = await tasks.task(queue, { name: `${queue}/tasks/done` });
    (await tasks.target.nextCall()).answer(200);
    await tasks.ended(done);
    await tasks.task(queue, { name: `${queue}/tasks/waiting`, scheduleTime: inMs(400) });
    await tasks.restart();
    const [settings] = await tasks.client.getQueue({ name: queue });
    expect(settings.rateLimits?.maxConcurrentDispatches).toBe(1);
    await expect(tasks.task(queue, { name: done })).rejects.toMatchObject({ code: 6 });
    const call = await tasks.target.nextCall();
    call.answer(200);
    expect(call.headers["x-cloudtasks-taskname"]).toBe("waiting");
  });

  test("dispatches again what was being dispatched", async () => {
    const queue = await tasks.queue("drain");
    const name = await tasks.task(queue);
    const lost = await tasks.target.nextCall();
    await tasks.restart();
    const again = await tasks.target.nextCall();
    again.answer(200);
    await tasks.ended(name);
    const counts = [lost, again].map((call) => call.headers["x-cloudtasks-taskretrycount"]);
    expect(counts).toEqual(["0", "1"]);
  });
});
