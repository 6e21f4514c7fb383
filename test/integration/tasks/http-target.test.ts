/** A queue's own target goes over what its tasks say, seen through Google's client of the one version that has it. */
import { v2beta3 } from "@google-cloud/tasks";
import { credentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  LOCATION,
  startTarget,
  startTasksHarness,
  type TargetService,
  type TasksHarness,
} from "./tasks-harness.ts";

let tasks: TasksHarness;
let other: TargetService;
let beta: v2beta3.CloudTasksClient;
beforeEach(async () => {
  tasks = await startTasksHarness();
  other = await startTarget();
  const at = { apiEndpoint: "127.0.0.1", port: tasks.port, sslCreds: credentials.createInsecure() };
  beta = new v2beta3.CloudTasksClient(at);
});
afterEach(async () => {
  await beta.close();
  await other.close();
  await tasks.close();
});

const name = `${LOCATION}/queues/drain`;
/** As Terraform writes it, with a service of this machine for Cloud Run's. */
const override = (more: object = {}) => ({
  scheme: "HTTP" as const,
  host: "127.0.0.1",
  port: Number(new URL(other.url).port),
  pathOverride: { path: "/drain" },
  uriOverrideEnforceMode: "ALWAYS" as const,
  ...more,
});
const oidcToken = {
  serviceAccountEmail: "alarms@acme.iam.gserviceaccount.com",
  audience: "https://batcher.example",
};

async function created(uriOverride: object, more: object = {}): Promise<void> {
  await beta.createQueue({ parent: LOCATION, queue: { name, httpTarget: { uriOverride, ...more } } });
}

async function calledPath(service: TargetService): Promise<string> {
  const call = await service.nextCall();
  call.answer(200);
  return call.path;
}

test("a task whose address differs goes to the queue's, with its own query", async () => {
  await created(override());
  await tasks.task(name, { httpRequest: { url: `${tasks.target.url}/elsewhere?recheck=1` } });
  expect(await calledPath(other)).toBe("/drain?recheck=1");
  expect(tasks.target.untaken).toEqual([]);
});

test("addresses of other machines are taken where the queue sends them here, as those that a deployment has", async () => {
  await created(override());
  const url = "https://batcher-123456789012.us-central1.run.app/steal";
  const task = await tasks.task(name, { httpRequest: { url, oidcToken } });
  expect(await calledPath(other)).toBe("/drain");
  await tasks.ended(task);
});

test("a queue that sends to another machine takes no task, and what it had is not called", async () => {
  await created(override({ host: "batcher.example", scheme: "HTTPS" }));
  await expect(tasks.task(name)).rejects.toThrow(/INVALID_ARGUMENT.*nothing else is called from here/);
  await beta.updateQueue({ queue: { name, httpTarget: null }, updateMask: { paths: ["http_target"] } });
  const scheduleTime = { seconds: Math.floor(Date.now() / 1000) + 3600 };
  const task = await tasks.task(name, { scheduleTime });
  await beta.updateQueue({
    queue: { name, httpTarget: { uriOverride: override({ host: "batcher.example" }) } },
  });
  await tasks.client.runTask({ name: task });
  const attempted = async () => (await tasks.client.getTask({ name: task }))[0].lastAttempt?.responseStatus;
  await expect.poll(attempted).toMatchObject({ message: expect.stringContaining("nothing else is called") });
});

test("the target is part of the queue: shown, kept over a restart, left alone by the stable API, and taken away", async () => {
  await created(override(), { oidcToken });
  const shown = async () => (await beta.getQueue({ name }))[0].httpTarget;
  expect(await shown()).toMatchObject({
    uriOverride: { scheme: "HTTP", host: "127.0.0.1", pathOverride: { path: "/drain" } },
    oidcToken,
  });
  await tasks.client.updateQueue({ queue: { name, rateLimits: { maxConcurrentDispatches: 2 } } });
  await tasks.restart();
  expect(await shown()).toMatchObject({ uriOverride: { host: "127.0.0.1" } });
  await tasks.task(name);
  expect(await calledPath(other)).toBe("/drain");
  await beta.updateQueue({ queue: { name }, updateMask: { paths: ["http_target"] } });
  expect(await shown()).toBeNull();
  await tasks.task(name);
  expect(await calledPath(tasks.target)).toBe("/");
});

test("IF_NOT_EXISTS fills only what the task's address leaves open", async () => {
  await created(override({ uriOverrideEnforceMode: "IF_NOT_EXISTS", queryOverride: { queryParams: "a=1" } }));
  await tasks.task(name, { httpRequest: { url: tasks.target.url } });
  expect(await calledPath(tasks.target)).toBe("/drain?a=1");
  await tasks.task(name, { httpRequest: { url: `${tasks.target.url}/own?b=2` } });
  expect(await calledPath(tasks.target)).toBe("/own?b=2");
  expect(other.untaken).toEqual([]);
});

test("a queue's token takes the place of the tasks' Authorization", async () => {
  await created(override(), { oidcToken });
  await tasks.task(name, {
    httpRequest: { url: tasks.target.url, headers: { Authorization: "mine", "X-Own": "1" } },
  });
  const call = await other.nextCall();
  call.answer(200);
  expect(call.headers).toMatchObject({ "x-own": "1" });
  expect(call.headers.authorization).toBeUndefined();
});

test.each([
  [{ uriOverride: { host: "" } }, /INVALID_ARGUMENT.*host/],
  [{ uriOverride: { port: -1 } }, /INVALID_ARGUMENT.*port/],
  [{ oidcToken: { serviceAccountEmail: "a@b.example" } }, /INVALID_ARGUMENT.*audience/],
  [{ httpMethod: "GET" as const }, /UNIMPLEMENTED.*http_method/],
  [{ headerOverrides: [{ header: { key: "a", value: "b" } }] }, /UNIMPLEMENTED.*header_overrides/],
  [{ oauthToken: { serviceAccountEmail: "a@b.example" } }, /UNIMPLEMENTED.*oauth_token/],
])("it is refused: %j", async (httpTarget, message) => {
  await expect(beta.createQueue({ parent: LOCATION, queue: { name, httpTarget } })).rejects.toThrow(message);
});
