/** Wires the batcher: configuration, Google clients, signals. */
import { systemClock } from "#services/shared/clock.ts";
import { createQueue } from "#services/shared/gcp/pubsub.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import { createNewId } from "#services/shared/ids.ts";
import { createLog } from "#services/shared/log.ts";
import { systemRandom } from "#services/shared/retry.ts";
import { runService } from "#services/shared/run-service.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { createBatcherApp } from "./app.ts";
import { readBatcherConfig } from "./config.ts";

await runService("batcher", () => {
  const config = readBatcherConfig(process.env);
  const log = createLog("batcher", config.logLevel);
  const clock = systemClock;
  const queue = createQueue({
    project: config.project,
    subscription: config.subscription,
    requestTimeoutMs: config.requestTimeoutMs,
    ...(config.pubsubEmulator === undefined ? {} : { emulatorHost: config.pubsubEmulator }),
  });
  const alarm = createAlarm({
    alarm: config.alarm,
    windowMs: config.windowMs,
    requestTimeoutMs: config.requestTimeoutMs,
    clock,
    ...(config.tasksEmulator === undefined ? {} : { emulatorHost: config.tasksEmulator }),
  });
  const store = createStore(config);
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
  return {
    app: createBatcherApp(ports, config.limits, stop.signal),
    host: config.host,
    port: config.port,
    log,
    stopping: () => stop.abort(),
    close: async () => {
      await Promise.all([queue.close(), alarm.close()]);
    },
  };
});
