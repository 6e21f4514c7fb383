/** The alarm over Google's Cloud Tasks client and the local queue. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudTasksClient } from "@google-cloud/tasks";
import { credentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startTasks } from "#infra/local/tasks/start.ts";
import { type Clock, systemClock } from "#services/shared/clock.ts";
import { createAlarm, taskId } from "#services/shared/gcp/tasks.ts";

let stateDir: string;
let standIn: StandIn;
let service: Server;
let calls: string[];
let client: CloudTasksClient;

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "pullhouse-alarm-"));
  calls = [];
  service = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  standIn = await startTasks({ port: 0, stateDir });
  client = new CloudTasksClient({
    apiEndpoint: "127.0.0.1",
    port: standIn.port,
    sslCreds: credentials.createInsecure(),
  });
});
afterEach(async () => {
  await client.close();
  await standIn.close();
  service.close();
  rmSync(stateDir, { recursive: true, force: true });
});

const parent = "projects/pullhouse-local/locations/us-central1";

function alarmWith(clock: Clock, windowMs: number) {
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  return createAlarm({
    alarm: {
      project: "pullhouse-local",
      location: "us-central1",
      queueDrain: "drain",
      queueLoad: "load",
      queueRollup: "rollup",
      batcherUrl: url,
      loaderUrl: url,
      serviceAccount: "",
    },
    windowMs,
    requestTimeoutMs: 20_000,
    clock,
    emulatorHost: `127.0.0.1:${standIn.port}`,
  });
}

test("however many ask, of however many instances, each service is called once in a window", async () => {
  for (const queue of ["drain", "load"])
    await client.createQueue({ parent, queue: { name: `${parent}/queues/${queue}` } });
  const now = Date.now();
  const clock: Clock = { ...systemClock, now: () => now };
  const instances = [alarmWith(clock, 500), alarmWith(clock, 500), alarmWith(clock, 500)];

  await Promise.all(instances.flatMap((one) => Array.from({ length: 50 }, () => one.arm("drain"))));
  await Promise.all(instances.map((one) => one.arm("load")));
  await expect.poll(() => calls.length, { timeout: 5_000 }).toBe(2);
  // Again in the same window, when the task has run: its name is taken, nothing is called.
  await alarmWith(clock, 500).arm("drain");

  expect(calls.toSorted()).toEqual(["POST /drain", "POST /load"]);
  await Promise.all(instances.map((one) => one.close()));
});

test("a load is called while days are counted: rollups have a queue of their own", async () => {
  // As the queues are deployed (infra/gcp/alarms.ts).
  const rateLimits = { maxConcurrentDispatches: 1, maxDispatchesPerSecond: 1 };
  for (const queue of ["load", "rollup"])
    await client.createQueue({ parent, queue: { name: `${parent}/queues/${queue}`, rateLimits } });
  const order: string[] = [];
  const loaded = Promise.withResolvers<void>();
  service.removeAllListeners("request");
  service.on("request", (request, response) => {
    if (request.url === "/load") {
      order.push("load");
      loaded.resolve();
      response.end();
      return;
    }
    order.push("rollup begins");
    // It is not answered before a load was called, so that one queue for both would never come to an end.
    const end = async () => {
      await loaded.promise;
      order.push("rollup ends");
      response.end();
    };
    void end();
  });
  const inTheHourBefore: Clock = { ...systemClock, now: () => Date.now() - 2 * 3_600_000 };
  const counting = alarmWith(inTheHourBefore, 500);
  await counting.arm("rollup");
  await expect.poll(() => order).toEqual(["rollup begins"]);
  const loading = alarmWith(systemClock, 500);
  await loading.arm("load");
  await expect.poll(() => order, { timeout: 10_000 }).toEqual(["rollup begins", "load", "rollup ends"]);
  await Promise.all([counting.close(), loading.close()]);
});

test("an alarm that cannot be set is an error with its code, and the next one asks again", async () => {
  const alarm = alarmWith(systemClock, 60_000);
  await expect(alarm.arm("drain")).rejects.toMatchObject({ code: "ALARM_UNAVAILABLE", retry: "later" });
  await client.createQueue({ parent, queue: { name: `${parent}/queues/drain` } });
  await alarm.arm("drain");
  const [tasks] = await client.listTasks({ parent: `${parent}/queues/drain` });
  expect(tasks).toHaveLength(1);
  await alarm.close();
});

test("task names do not begin in sequence", () => {
  const heads = Array.from({ length: 100 }, (_, window) => taskId("drain", 60_000 * window).slice(0, 4));
  expect(heads.toSorted()).not.toEqual(heads);
  expect(new Set(heads).size).toBeGreaterThan(95);
});
