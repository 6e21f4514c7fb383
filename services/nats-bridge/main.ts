/** Wires the bridge: zot's NATS sink to the receiver's `/zot`. It runs beside zot, not on Cloud Run. */
import type { Consumer } from "@nats-io/jetstream";
import { Hono } from "hono";
import { systemClock } from "#services/shared/clock.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createLog } from "#services/shared/log.ts";
import { persist, systemRandom } from "#services/shared/retry.ts";
import { runService } from "#services/shared/run-service.ts";
import { readBridgeConfig } from "./config.ts";
import { openConnection } from "./connection.ts";
import { forwardCore } from "./core.ts";
import type { ForwardDeps } from "./forward.ts";
import { findConsumer, forwardStream } from "./jetstream.ts";

/** Docker and systemd wait ten seconds and more before they kill. */
const CLOSE_BUDGET_MS = 8_500;

await runService("nats-bridge", async () => {
  const config = readBridgeConfig(process.env);
  const log = createLog("nats-bridge", config.logLevel);
  const connection = await openConnection(config, log);
  const stop = new AbortController();
  const deps: ForwardDeps = { ...config, clock: systemClock, random: systemRandom, log, stop: stop.signal };

  const find = async (): Promise<Consumer | undefined> => {
    if (config.jetStream === "never") return undefined;
    try {
      const consumer = await findConsumer(connection, config);
      if (consumer === undefined && config.jetStream === "require")
        throw new PipelineError("NATS_UNAVAILABLE", "later", `no stream captures ${config.subject} yet`);
      return consumer;
    } catch (error) {
      if (error instanceof PipelineError && error.retry === "never") throw error;
      log.warn("JetStream does not answer", { code: "NATS_UNAVAILABLE", reason: reasonOf(error) });
      throw new PipelineError("NATS_UNAVAILABLE", "later", reasonOf(error), { cause: error });
    }
  };
  const consumer = await persist(find, () => false, deps);
  log.info(consumer === undefined ? "forwards what core NATS delivers" : "forwards what a stream holds");
  const forwarding =
    consumer === undefined ? forwardCore(connection, config, deps) : forwardStream(consumer, config, deps);

  const app = new Hono();
  app.get("/health", () =>
    connection.isClosed()
      ? Response.json({ status: "disconnected" }, { status: 503 })
      : Response.json({ status: "ok" }),
  );
  return {
    app,
    host: config.host,
    port: config.port,
    log,
    closeBudgetMs: CLOSE_BUDGET_MS,
    stopping: () => stop.abort("stop"),
    close: async () => {
      await forwarding;
      await connection.drain();
    },
  };
});
