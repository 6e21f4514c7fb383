/** What the Cloud Tasks stand-in accepts, refuses and shows, seen through Google's own client. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTasks } from "#infra/local/tasks/start.ts";
import { inMs, LOCATION, startTasksHarness, type TasksHarness } from "./tasks-harness.ts";

let tasks: TasksHarness;
beforeAll(async () => {
  tasks = await startTasksHarness();
});
afterAll(() => tasks.close());

let queues = 0;
/** A queue of its own for each test, whose tasks wait. */
const queue = () => tasks.queue(`q-${++queues}`);
const later = () => ({ scheduleTime: inMs(3_600_000) });
const refused = (code: status, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { details: expect.stringMatching(message) }) });

describe("de-duplication", () => {
  test("a name that exists is refused", async () => {
    const parent = await queue();
    const name = await tasks.task(parent, { name: `${parent}/tasks/w1`, ...later() });
    await expect(tasks.task(parent, { name })).rejects.toEqual(refused(status.ALREADY_EXISTS));
  });

  test("a name that ran is refused", async () => {
    const parent = await queue();
    const name = await tasks.task(parent, { name: `${parent}/tasks/w1` });
    (await tasks.target.nextCall()).answer(200);
    await tasks.ended(name);
    await expect(tasks.task(parent, { name })).rejects.toEqual(refused(status.ALREADY_EXISTS, /24 hours/));
    await expect(tasks.client.getTask({ name })).rejects.toEqual(
      refused(status.NOT_FOUND, /ran or was deleted/),
    );
  });

  test("names that were deleted or purged are refused", async () => {
    const parent = await queue();
    const deleted = await tasks.task(parent, { name: `${parent}/tasks/deleted`, ...later() });
    const purged = await tasks.task(parent, { name: `${parent}/tasks/purged`, ...later() });
    await tasks.client.deleteTask({ name: deleted });
    const before = Math.floor(Date.now() / 1000);
    const [after] = await tasks.client.purgeQueue({ name: parent });
    expect(Number(after.purgeTime?.seconds)).toBeGreaterThanOrEqual(before);
    for (const name of [deleted, purged]) {
      await expect(tasks.task(parent, { name })).rejects.toEqual(refused(status.ALREADY_EXISTS));
    }
    expect((await tasks.client.listTasks({ parent }))[0]).toEqual([]);
  });

  test("of many callers that create the same task at once exactly one succeeds", async () => {
    const parent = await queue();
    const name = `${parent}/tasks/window`;
    const calls = Array.from({ length: 50 }, () => tasks.task(parent, { name, ...later() }));
    const results = await Promise.allSettled(calls);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  test("the same task id in another queue is another task", async () => {
    const [one, two] = [await queue(), await queue()];
    await tasks.task(one, { name: `${one}/tasks/w1`, ...later() });
    const name = await tasks.task(two, { name: `${two}/tasks/w1`, ...later() });
    expect((await tasks.client.getTask({ name }))[0].name).toBe(`${two}/tasks/w1`);
  });

  test("tasks without a name get different ones", async () => {
    const parent = await queue();
    const names = await Promise.all([1, 2, 3].map(() => tasks.task(parent, later())));
    expect(new Set(names).size).toBe(3);
  });
});

describe("refusals of CreateTask", () => {
  const url = "http://127.0.0.1:9/";
  const cases: [string, status, (parent: string) => object][] = [
    ["a task id with a dot", status.INVALID_ARGUMENT, (q) => ({ name: `${q}/tasks/a.b` })],
    [
      "a task id of 501 characters",
      status.INVALID_ARGUMENT,
      (q) => ({ name: `${q}/tasks/${"a".repeat(501)}` }),
    ],
    [
      "a name in another queue",
      status.INVALID_ARGUMENT,
      () => ({ name: `${LOCATION}/queues/other/tasks/a` }),
    ],
    [
      "a schedule time 31 days ahead",
      status.INVALID_ARGUMENT,
      () => ({ scheduleTime: inMs(31 * 86_400_000) }),
    ],
    ["a deadline of 14 seconds", status.INVALID_ARGUMENT, () => ({ dispatchDeadline: { seconds: 14 } })],
    ["a deadline of 31 minutes", status.INVALID_ARGUMENT, () => ({ dispatchDeadline: { seconds: 1860 } })],
    ["no request", status.INVALID_ARGUMENT, () => ({ httpRequest: null })],
    ["an App Engine request", status.UNIMPLEMENTED, () => ({ httpRequest: null, appEngineHttpRequest: {} })],
    ["a host elsewhere", status.INVALID_ARGUMENT, () => ({ httpRequest: { url: "http://example.com/" } })],
    [
      "a local name elsewhere",
      status.INVALID_ARGUMENT,
      () => ({ httpRequest: { url: "http://127.0.0.1.example.com/" } }),
    ],
    [
      "a user that looks like a host",
      status.INVALID_ARGUMENT,
      () => ({ httpRequest: { url: "http://localhost@example.com/" } }),
    ],
    ["https", status.INVALID_ARGUMENT, () => ({ httpRequest: { url: "https://127.0.0.1/" } })],
    ["no URL", status.INVALID_ARGUMENT, () => ({ httpRequest: { url: "/drain" } })],
    [
      "a GET with a body",
      status.INVALID_ARGUMENT,
      () => ({ httpRequest: { url, httpMethod: "GET", body: Buffer.from("x") } }),
    ],
    [
      "a header with a line break",
      status.INVALID_ARGUMENT,
      () => ({ httpRequest: { url, headers: { "X-A": "1\r\nX-B: 2" } } }),
    ],
    [
      "a body over 1 MiB",
      status.INVALID_ARGUMENT,
      () => ({ httpRequest: { url, body: Buffer.alloc(1024 * 1024 + 1) } }),
    ],
    [
      "an OIDC token for nobody",
      status.INVALID_ARGUMENT,
      () => ({ httpRequest: { url, oidcToken: { audience: "a" } } }),
    ],
  ];
  test.each(cases)("%s", async (_, code, task) => {
    const parent = await queue();
    await expect(tasks.task(parent, task(parent))).rejects.toEqual(refused(code));
    expect((await tasks.client.listTasks({ parent }))[0]).toEqual([]);
  });

  test("a queue that does not exist", async () => {
    await expect(tasks.task(`${LOCATION}/queues/none`)).rejects.toEqual(
      refused(status.NOT_FOUND, /does not exist/),
    );
  });
});

describe("tasks as they are shown", () => {
  test("FULL shows the body and BASIC does not; the OIDC token is shown as it was given", async () => {
    const parent = await queue();
    const oidcToken = {
      serviceAccountEmail: "tasks@pullhouse-local.iam.gserviceaccount.com",
      audience: "https://batcher",
    };
    const name = await tasks.task(parent, {
      ...later(),
      httpRequest: {
        url: `${tasks.target.url}/x`,
        body: Buffer.from("hello"),
        headers: { authorization: "no" },
        oidcToken,
      },
    });
    const [basic] = await tasks.client.getTask({ name });
    const [full] = await tasks.client.getTask({ name, responseView: "FULL" });
    expect([basic.view, basic.httpRequest?.body?.length]).toEqual(["BASIC", 0]);
    expect([full.view, Buffer.from(full.httpRequest?.body ?? []).toString()]).toEqual(["FULL", "hello"]);
    expect(full.httpRequest).toMatchObject({ httpMethod: "POST", headers: {}, oidcToken });
    expect(full.dispatchDeadline).toMatchObject({ seconds: "600" });
  });

  test("a list comes in pages, each task once", async () => {
    const parent = await queue();
    const names = await Promise.all(Array.from({ length: 7 }, () => tasks.task(parent, later())));
    const sizes: number[] = [];
    const listed: unknown[] = [];
    let pageToken = "";
    do {
      const [page, , response] = await tasks.client.listTasks(
        { parent, pageSize: 3, pageToken },
        { autoPaginate: false },
      );
      sizes.push(page.length);
      listed.push(...page.map((task) => task.name));
      pageToken = response?.nextPageToken ?? "";
    } while (pageToken);
    expect(sizes).toEqual([3, 3, 1]);
    expect(listed).toHaveLength(7);
    expect(new Set(listed)).toEqual(new Set(names));
  });
});

test("a port that is taken is said to be, by its code", async () => {
  const port = tasks.port;
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-tasks-taken-"));
  await expect(startTasks({ port, stateDir })).rejects.toMatchObject({ code: "EADDRINUSE" });
  rmSync(stateDir, { recursive: true });
});

describe("queues", () => {
  test("a queue without settings has Google's defaults", async () => {
    const [found] = await tasks.client.getQueue({ name: await queue() });
    expect(found).toMatchObject({
      state: "RUNNING",
      rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
      retryConfig: {
        maxAttempts: 100,
        minBackoff: { seconds: "0", nanos: 100_000_000 },
        maxBackoff: { seconds: "3600" },
        maxDoublings: 16,
      },
    });
  });

  test("an update changes what its mask names and nothing else", async () => {
    const name = await tasks.queue("masked", {
      rateLimits: { maxConcurrentDispatches: 1 },
      retryConfig: { maxAttempts: 5 },
    });
    const [updated] = await tasks.client.updateQueue({
      queue: {
        name,
        rateLimits: { maxConcurrentDispatches: 9, maxDispatchesPerSecond: 3 },
        retryConfig: { maxAttempts: -1 },
      },
      updateMask: { paths: ["rate_limits.max_dispatches_per_second", "retry_config"] },
    });
    expect(updated.rateLimits).toMatchObject({ maxConcurrentDispatches: 1, maxDispatchesPerSecond: 3 });
    expect(updated.retryConfig?.maxAttempts).toBe(-1);
  });

  test("an update creates a queue that does not exist", async () => {
    const name = `${LOCATION}/queues/by-update`;
    await tasks.client.updateQueue({ queue: { name, rateLimits: { maxConcurrentDispatches: 2 } } });
    const [found] = await tasks.client.getQueue({ name });
    expect(found.rateLimits?.maxConcurrentDispatches).toBe(2);
  });

  test("settings outside Google's limits are refused", async () => {
    const create = (id: string, settings: object) => tasks.queue(id, settings);
    const invalid = refused(status.INVALID_ARGUMENT);
    await expect(create("fast", { rateLimits: { maxDispatchesPerSecond: 501 } })).rejects.toEqual(invalid);
    await expect(create("wide", { rateLimits: { maxConcurrentDispatches: 5001 } })).rejects.toEqual(invalid);
    await expect(create("few", { retryConfig: { maxAttempts: -2 } })).rejects.toEqual(invalid);
    await expect(create("a_b", {})).rejects.toEqual(invalid);
    const mask = { queue: { name: await queue() }, updateMask: { paths: ["rate_limits.speed"] } };
    await expect(tasks.client.updateQueue(mask)).rejects.toEqual(invalid);
  });

  test("a queue exists once, and the name of a deleted one stays taken", async () => {
    const name = await tasks.queue("gone");
    await tasks.task(name, later());
    await expect(tasks.queue("gone")).rejects.toEqual(refused(status.ALREADY_EXISTS));
    await tasks.client.deleteQueue({ name });
    await expect(tasks.client.getQueue({ name })).rejects.toEqual(refused(status.NOT_FOUND));
    await expect(tasks.queue("gone")).rejects.toEqual(refused(status.FAILED_PRECONDITION, /7 days/));
  });

  test("a list holds the queues of one location in order", async () => {
    const parent = "projects/other/locations/europe-west1";
    for (const id of ["b", "a", "c"]) {
      await tasks.client.createQueue({ parent, queue: { name: `${parent}/queues/${id}` } });
    }
    const [listed] = await tasks.client.listQueues({ parent });
    expect(listed.map((found) => found.name)).toEqual(["a", "b", "c"].map((id) => `${parent}/queues/${id}`));
  });
});
