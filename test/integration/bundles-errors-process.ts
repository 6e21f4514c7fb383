/** Says what an alarm and a publish make of the errors of a server on 127.0.0.1; see `bundles-errors.test.ts`. */
import { systemClock } from "#services/shared/clock.ts";
import { createPublisher } from "#services/shared/gcp/pubsub.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";

const emulatorHost = process.argv[2] as string;
const url = "http://127.0.0.1:1";
const alarm = createAlarm({
  alarm: {
    project: "errors",
    location: "us-central1",
    queueDrain: "drain",
    queueLoad: "load",
    queueRollup: "rollup",
    batcherUrl: url,
    loaderUrl: url,
    serviceAccount: "",
  },
  windowMs: 60_000,
  clock: systemClock,
  requestTimeoutMs: 5_000,
  emulatorHost,
});
const publisherOf = (topic: string) =>
  createPublisher({ project: "errors", topic, timeoutMs: 5_000, requestTimeoutMs: 5_000, emulatorHost });
const forbidden = publisherOf("forbidden");
const busy = publisherOf("busy");
const message = { data: Buffer.from("{}"), attributes: {} };

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (error: Error & { code: string }) => `${error.code} ${error.message}`,
  );
const outcomes = {
  drain: await outcome(alarm.arm("drain")),
  load: await outcome(alarm.arm("load")),
  forbidden: await outcome(forbidden.publish(message)),
  busy: await outcome(busy.publish(message)),
};
await alarm.close();
await forbidden.close();
await busy.close();
process.stdout.write(JSON.stringify(outcomes));
