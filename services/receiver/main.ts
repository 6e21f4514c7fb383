/** Starts the receiver as a process. */
import { ulid } from "ulid";
import { systemClock as clock } from "#services/shared/clock.ts";
import { createPublisher } from "#services/shared/gcp/pubsub.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import { createLog } from "#services/shared/log.ts";
import { runService } from "#services/shared/run-service.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { readReceiverConfig } from "./config.ts";
import { createReceiver } from "./create-receiver.ts";

await runService("receiver", () => {
  const config = readReceiverConfig(process.env);
  const log = createLog("receiver", config.logLevel);
  const emulatorHost = process.env["CLOUD_TASKS_EMULATOR_HOST"];
  const publisher = createPublisher({
    project: config.project,
    topic: config.topic,
    timeoutMs: config.publishTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
  });
  const alarm = createAlarm({ ...config, clock, ...(emulatorHost ? { emulatorHost } : {}) });
  const receiver = createReceiver(config, {
    publisher,
    alarm,
    store: createStore(config),
    registry: loadRegistry(config.schemasFolder),
    clock,
    newId: () => ulid(),
    log,
  });
  return {
    app: receiver.app,
    host: config.host,
    port: config.port,
    log,
    close: async () => {
      await receiver.close();
      await Promise.all([publisher.close(), alarm.close()]);
    },
  };
});
