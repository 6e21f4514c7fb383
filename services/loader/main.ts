/** Wires the loader: configuration, Google clients, signals. */
import { systemClock } from "#services/shared/clock.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import { createNewId } from "#services/shared/ids.ts";
import { createLog } from "#services/shared/log.ts";
import { runService } from "#services/shared/run-service.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { createLoaderApp } from "./app.ts";
import { readLoaderConfig } from "./config.ts";

await runService("loader", () => {
  const config = readLoaderConfig(process.env);
  const log = createLog("loader", config.logLevel);
  const clock = systemClock;
  const alarm = createAlarm({
    alarm: config.alarm,
    windowMs: config.windowMs,
    requestTimeoutMs: config.requestTimeoutMs,
    clock,
    ...(config.tasksEmulator === undefined ? {} : { emulatorHost: config.tasksEmulator }),
  });
  const warehouse = createWarehouse({
    project: config.project,
    dataset: config.dataset,
    bucket: config.bucket,
    clock,
    jobTimeoutMs: config.jobTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
    ...(config.location === undefined ? {} : { location: config.location }),
  });
  const store = createStore(config);
  const stop = new AbortController();
  const ports = {
    store,
    warehouse,
    alarm,
    clock,
    newId: createNewId(),
    registry: loadRegistry(config.schemasFolder),
    log,
  };
  return {
    app: createLoaderApp(ports, config.limits, stop.signal),
    host: config.host,
    port: config.port,
    log,
    stopping: () => stop.abort(),
    close: () => alarm.close(),
  };
});
