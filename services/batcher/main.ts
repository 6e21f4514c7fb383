/** Wires the batcher: configuration, Google clients, signals. */
import { systemClock } from "#services/shared/clock.ts";
import { createNewId } from "#services/shared/ids.ts";
import { late } from "#services/shared/late.ts";
import { lateAlarm, lateStore } from "#services/shared/late-clients.ts";
import { createLog } from "#services/shared/log.ts";
import { systemRandom } from "#services/shared/retry.ts";
import { runService } from "#services/shared/run-service.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { readBatcherConfig } from "./config.ts";
import { PULL_MAX_BYTES } from "./pull-size.ts";

await runService("batcher", () => {
  const config = readBatcherConfig(process.env);
  const log = createLog("batcher", config.logLevel, config);
  const clock = systemClock;
  const queue = late(async () => {
    const { createQueue } = await import("#services/shared/gcp/pubsub.ts");
    return createQueue({
      project: config.project,
      subscription: config.subscription,
      requestTimeoutMs: config.requestTimeoutMs,
      pullMaxBytes: PULL_MAX_BYTES,
      ...(config.pubsubEmulator === undefined ? {} : { emulatorHost: config.pubsubEmulator }),
    });
  }, ["pull", "acknowledge", "extend", "warm"]);
  const alarm = lateAlarm({
    alarm: config.alarm,
    windowMs: config.windowMs,
    requestTimeoutMs: config.requestTimeoutMs,
    clock,
    ...(config.tasksEmulator === undefined ? {} : { emulatorHost: config.tasksEmulator }),
  });
  const store = lateStore(config);
  const stop = new AbortController();
  const ports = {
    queue,
    store,
    alarm,
    clock,
    random: systemRandom,
    newId: createNewId(),
    registry: loadRegistry(config.schemasFolder),
    log,
  };
  const app = late(async () => {
    const { createBatcherApp } = await import("./app.ts");
    return createBatcherApp(ports, config.limits, stop.signal);
  }, ["fetch"]);
  return {
    app,
    host: config.host,
    port: config.port,
    log,
    listening: async () => {
      await app.open();
      await queue.open();
      void queue.warm();
      await store.open();
      await alarm.open();
    },
    stopping: () => stop.abort(),
    close: async () => {
      await Promise.all([queue.close(), alarm.close()]);
    },
  };
});
