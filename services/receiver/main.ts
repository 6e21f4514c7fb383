/** Starts the receiver as a process: it listens, fetches the issuers' keys, and reads Google's clients meanwhile. */
import { ulid } from "ulid";
import { systemClock as clock } from "#services/shared/clock.ts";
import { late } from "#services/shared/late.ts";
import { lateAlarm, lateStore } from "#services/shared/late-clients.ts";
import { createLog } from "#services/shared/log.ts";
import { runService } from "#services/shared/run-service.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { readReceiverConfig } from "./config.ts";
import { createReceiver } from "./create-receiver.ts";

await runService("receiver", () => {
  const config = readReceiverConfig(process.env);
  const log = createLog("receiver", config.logLevel, config);
  const emulator = (name: string) => {
    const emulatorHost = process.env[name];
    return emulatorHost ? { emulatorHost } : {};
  };
  const publisher = late(async () => {
    const { createPublisher } = await import("#services/shared/gcp/pubsub.ts");
    return createPublisher({
      project: config.project,
      topic: config.topic,
      timeoutMs: config.publishTimeoutMs,
      requestTimeoutMs: config.requestTimeoutMs,
      ...emulator("PUBSUB_EMULATOR_HOST"),
    });
  }, ["publish", "warm"]);
  const alarm = lateAlarm({ ...config, clock, ...emulator("CLOUD_TASKS_EMULATOR_HOST") });
  const receiver = createReceiver(config, {
    publisher,
    alarm,
    // Read when the first event is spilled, which in most instances is never.
    store: lateStore(config),
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
    listening: async () => {
      await publisher.open();
      // Its connection comes about while the next client is read.
      void publisher.warm();
      await alarm.open();
      void alarm.warm();
    },
    close: async () => {
      await receiver.close();
      await Promise.all([publisher.close(), alarm.close()]);
    },
  };
});
