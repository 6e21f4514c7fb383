/** Wires the bridge: zot's NATS sink to the receiver's `/zot`. It runs beside zot, not on Cloud Run. */
import type { NatsConnection } from "@nats-io/transport-node";
import { Hono } from "hono";
import { systemClock } from "#services/shared/clock.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createLog } from "#services/shared/log.ts";
import { persist, systemRandom } from "#services/shared/retry.ts";
import { runService } from "#services/shared/run-service.ts";
import { readBridgeConfig } from "./config.ts";
import { openConnection } from "./connection.ts";
import { findConsumer } from "./consumer.ts";
import { forwardCore } from "./core.ts";
import type { BridgeDeps } from "./deps.ts";
import { forwardStream } from "./jetstream.ts";
import { Outage } from "./outage.ts";

/** Docker and systemd wait ten seconds and more before they kill. */
const CLOSE_BUDGET_MS = 8_500;
/** Of them for messages; the rest is for acknowledgements on their way. */
const STOP_BUDGET_MS = 7_500;

/** Nothing but a stop ends the connection; if something does, a new process is the remedy. */
async function untilClosed(connection: NatsConnection, stop: AbortSignal): Promise<void> {
  const error = await connection.closed();
  if (!stop.aborted) throw new Error("the connection to nats-server is closed", { cause: error });
}

await runService("nats-bridge", async () => {
  const config = readBridgeConfig(process.env);
  const log = createLog("nats-bridge", config.logLevel);
  const stop = new AbortController();
  const deps: BridgeDeps = {
    ...config,
    clock: systemClock,
    random: systemRandom,
    log,
    outage: new Outage(log, "not forwarded yet", "forwarded again"),
    stop: stop.signal,
    stopBudgetMs: STOP_BUDGET_MS,
  };
  const connection = await openConnection(config, log, deps);
  const closed = untilClosed(connection, stop.signal);

  const silence = new Outage(log, "JetStream does not answer", "JetStream answers");
  const find = async () => {
    try {
      const consumer = await findConsumer(connection, config);
      silence.succeeded();
      return consumer;
    } catch (error) {
      if (error instanceof PipelineError && error.retry === "never") throw error;
      silence.failed({ code: "NATS_UNAVAILABLE", reason: reasonOf(error) });
      throw new PipelineError("NATS_UNAVAILABLE", "later", reasonOf(error), { cause: error });
    }
  };
  const consumer = config.jetStream === "never" ? undefined : await persist(find, () => false, deps);
  const forwarding =
    consumer === undefined
      ? forwardCore(connection, config, deps)
      : forwardStream(consumer, find, config.workers, deps);
  // It is healthy once the server knows the subscription: what core NATS has before is delivered to nobody.
  await connection.flush();

  const app = new Hono();
  app.get("/health", () => Response.json({ status: "ok" }));
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
      await closed;
    },
  };
});
