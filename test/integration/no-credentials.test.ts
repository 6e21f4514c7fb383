/** No credentials, as while Cloud Run's metadata server does not answer: an error of the call, not the end of the process. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { isUnauthenticated, LOGIN } from "#services/cli/no-credentials.ts";
import { systemClock } from "#services/shared/clock.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { createPublisher, createQueue } from "#services/shared/gcp/pubsub.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import { pullhouseHere } from "./cli/run-command.ts";

const requestTimeoutMs = 2_000;
const project = "nobody";
const found = /credential/;

beforeAll(() => vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/key.json"));
afterAll(() => {
  vi.unstubAllEnvs();
});

// A rejection that nobody catches fails the run.
test("a publish says so, each time", async () => {
  const publisher = createPublisher({ project, topic: "t", timeoutMs: requestTimeoutMs, requestTimeoutMs });
  const event = { data: Buffer.from("{}"), attributes: {} };
  await publisher.warm();
  for (let i = 0; i < 3; i++)
    await expect(publisher.publish(event)).rejects.toMatchObject({
      code: "QUEUE_UNAVAILABLE",
      message: expect.stringMatching(found),
    });
  await publisher.close();
});

test("a pull and an acknowledgement say so, each time", async () => {
  const queue = createQueue({ project, subscription: "s", requestTimeoutMs });
  for (let i = 0; i < 3; i++) {
    const failure = { code: "QUEUE_UNAVAILABLE", message: expect.stringMatching(found) };
    await expect(queue.pull(1, 100)).rejects.toMatchObject(failure);
    await expect(queue.acknowledge(["a"])).rejects.toMatchObject(failure);
  }
  await queue.close();
});

test("an alarm says so, each time", async () => {
  const alarm = createAlarm({
    alarm: {
      project,
      location: "us-central1",
      queueDrain: "drain",
      queueLoad: "load",
      queueRollup: "rollup",
      batcherUrl: "http://127.0.0.1:1",
      loaderUrl: "http://127.0.0.1:1",
      serviceAccount: "",
    },
    windowMs: 60_000,
    clock: systemClock,
    requestTimeoutMs,
  });
  for (let i = 0; i < 3; i++)
    await expect(alarm.arm("drain")).rejects.toMatchObject({
      code: "ALARM_UNAVAILABLE",
      message: expect.stringMatching(found),
    });
  await alarm.close();
});

test("a command says what to do", async () => {
  const { status, error } = await pullhouseHere([
    "dead-letters",
    "list",
    "--project",
    project,
    "--bucket",
    "b",
  ]);
  expect(status).toBe(1);
  expect(error).toMatch(found);
  expect(error).toContain(`\npullhouse: Google Cloud does not know you: ${LOGIN}\n`);
});

test.each([
  ["Cloud Storage's answer to nobody", "Anonymous caller does not have storage.objects.list access", 401],
  ["a token that Pub/Sub does not take", "16 UNAUTHENTICATED: invalid authentication credentials", 16],
])("%s is told in the same way", (_whose, message, code) => {
  const cause = Object.assign(new Error(message), { code });
  expect(isUnauthenticated(new PipelineError("STORE_UNAVAILABLE", "later", message, { cause }))).toBe(true);
});
