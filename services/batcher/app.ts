/** The batcher's one route. */
import type { Hono } from "hono";
import { createWorkerApp } from "#services/shared/worker-app.ts";
import type { DrainLimits } from "./drain.ts";
import { createDrain } from "./one-round.ts";
import type { DrainPorts } from "./settle.ts";

/** How often Cloud Tasks called before (https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler). */
const RETRY_COUNT = "x-cloudtasks-taskretrycount";

/** `POST /drain`, with `?recheck=1` from the alarm that ends a chain and `?spill=1` from a receiver that spilled, runs one round and answers its DrainReport; `signal` ends a round early at shutdown. */
export function createBatcherApp(ports: DrainPorts, limits: DrainLimits, signal: AbortSignal): Hono {
  const drain = createDrain(ports, limits, signal);
  return createWorkerApp(
    "/drain",
    async (context) => {
      // A repeated recheck may find nothing because the batcher that was killed in the first still has the messages on loan.
      const isRepeated = Number(context.req.header(RETRY_COUNT) ?? 0) > 0;
      const isRecheck = context.req.query("recheck") !== undefined && !isRepeated;
      const isSpill = context.req.query("spill") !== undefined;
      const report = await drain(isRecheck ? "recheck" : isSpill ? "spill" : "drain");
      if (report.outcome === "busy") {
        ports.log.warn("busy with another round");
        return report;
      }
      const { messages, spilled, bytes, milliseconds } = report;
      const fields = { messages, spilled, bytes, milliseconds, objects: report.objects.length };
      if (report.outcome === "partial") {
        ports.log.error("drained in part", { ...fields, reason: [...new Set(report.reasons)].join("; ") });
      } else ports.log.info(report.outcome, fields);
      return report;
    },
    ports.log,
  );
}
