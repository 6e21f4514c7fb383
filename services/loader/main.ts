/** Wires the loader: configuration, Google clients, signals. */
import { systemClock } from "#services/shared/clock.ts";
import { createNewId } from "#services/shared/ids.ts";
import { late } from "#services/shared/late.ts";
import { lateAlarm, lateStore } from "#services/shared/late-clients.ts";
import { createLog } from "#services/shared/log.ts";
import { quotedIn } from "#services/shared/quoted.ts";
import { runService } from "#services/shared/run-service.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { readLoaderConfig } from "./config.ts";

await runService("loader", () => {
  const config = readLoaderConfig(process.env);
  const log = createLog("loader", config.logLevel, config);
  const clock = systemClock;
  const alarm = lateAlarm({
    alarm: config.alarm,
    windowMs: config.windowMs,
    requestTimeoutMs: config.requestTimeoutMs,
    clock,
    ...(config.tasksEmulator === undefined ? {} : { emulatorHost: config.tasksEmulator }),
  });
  const client = late(async () => {
    const { createWarehouse } = await import("#services/shared/gcp/bigquery.ts");
    return createWarehouse({
      project: config.project,
      dataset: config.dataset,
      stagingDataset: config.stagingDataset,
      bucket: config.bucket,
      clock,
      jobTimeoutMs: config.jobTimeoutMs,
      requestTimeoutMs: config.requestTimeoutMs,
      ...(config.location === undefined ? {} : { location: config.location }),
    });
  }, ["ensureTable", "load", "execute", "find", "check", "retire", "dropStaging"]);
  const warehouse = {
    ...client,
    quoted: quotedIn(config.project, config.dataset),
    quotedStaging: quotedIn(config.project, config.stagingDataset),
  };
  const store = lateStore(config);
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
  /** Once a day, so neither its client nor the rollups are read before. */
  const rollUpOf = late(async () => {
    const [{ createQuestioner }, { loadRollups }, { rollUp }] = await Promise.all([
      import("#services/shared/gcp/query.ts"),
      import("#services/shared/rollup/rollups.ts"),
      import("./roll-up.ts"),
    ]);
    const questioner = createQuestioner({
      project: config.project,
      ...(config.location === undefined ? {} : { location: config.location }),
    });
    const rollups = loadRollups(ports.registry, config.schemasFolder);
    const dataset = `${config.project}.${config.dataset}`;
    return {
      rollUp: (signal: AbortSignal) =>
        rollUp({ ...ports, questioner, rollups, dataset }, config.limits, signal),
    };
  }, ["rollUp"]);
  const app = late(async () => {
    const { createLoaderApp } = await import("./app.ts");
    return createLoaderApp(ports, config.limits, stop.signal, rollUpOf.rollUp);
  }, ["fetch"]);
  return {
    app,
    host: config.host,
    port: config.port,
    log,
    // The client of the alarm, most of the loader's code, is read when the first load is done; without work, never.
    listening: async () => {
      await app.open();
      await store.open();
      await warehouse.open();
    },
    stopping: () => stop.abort(),
    close: () => alarm.close(),
  };
});
