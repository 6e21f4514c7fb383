/** The loader's one route. */
import type { Hono } from "hono";
import { reasonOf } from "#services/shared/errors.ts";
import { createWorkerApp } from "#services/shared/worker-app.ts";
import { armRollUp } from "./arm-roll-up.ts";
import { type LoadLimits, type LoadPorts, type LoadReport, load } from "./load.ts";
import type { RollUpReport } from "./roll-up.ts";

/** Counts the days that are over, when the round before it is done. */
export type RollUp = (signal: AbortSignal) => Promise<RollUpReport>;

/**
 * `POST /load` runs one round and answers its LoadReport; `signal` ends a round early at shutdown. `?type=` goes on with the
 * plan of that type. With `?rollup=1` it then counts the days that are over, and the report says which under `rollup`.
 */
export function createLoaderApp(
  ports: LoadPorts,
  limits: LoadLimits,
  signal: AbortSignal,
  rollUp: RollUp,
): Hono {
  return createWorkerApp(
    "/load",
    async (context) => {
      const report = await load(ports, limits, signal, context.req.query("type"));
      if (report.outcome === "partial") {
        ports.log.error("loaded in part", {
          reason: report.reasons.join("; "),
          milliseconds: report.milliseconds,
        });
      }
      logRound(report, ports);
      const isArmed = await armLater(ports, () => armRollUp(report.plans, ports.alarm, ports.clock));
      if (context.req.query("rollup") !== "1") return { ...report, retry: report.retry || !isArmed };
      const rollup = await rollUp(signal);
      if (rollup.outcome === "partial")
        ports.log.error("rolled up in part", { reason: rollup.reasons.join("; ") });
      const isOver = rollup.outcome !== "partial" && rollup.left === 0;
      const isSafe = isOver || (await armLater(ports, () => ports.alarm.arm("rollup")));
      return { ...report, retry: report.retry || !isArmed || !isSafe, rollup };
    },
    ports.log,
  );
}

/** @returns false when no alarm could be set: the task must be repeated */
async function armLater({ log }: LoadPorts, arm: () => Promise<void>): Promise<boolean> {
  try {
    await arm();
    return true;
  } catch (error) {
    log.warn("no alarm for the rollups", { reason: reasonOf(error) });
    return false;
  }
}

/** One line for each round; monitoring measures `oldestPendingSeconds` (infra/gcp/monitoring). */
function logRound(
  { outcome, rows, milliseconds, oldestPendingSeconds, reasons }: LoadReport,
  { log }: LoadPorts,
): void {
  const fields = { outcome, rows, milliseconds };
  if (oldestPendingSeconds === undefined) log.warn("round", { ...fields, reason: reasons.join("; ") });
  else log.info("round", { ...fields, oldestPendingSeconds });
}
