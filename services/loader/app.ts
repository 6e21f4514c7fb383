/** The loader's one route. */
import type { Hono } from "hono";
import { reasonOf } from "#services/shared/errors.ts";
import { createWorkerApp } from "#services/shared/worker-app.ts";
import { type LoadLimits, type LoadPorts, type LoadReport, load } from "./load.ts";
import { oldestPendingSeconds } from "./pending.ts";

/** `POST /load` runs one round and answers its LoadReport; `signal` ends a round early at shutdown. */
export function createLoaderApp(ports: LoadPorts, limits: LoadLimits, signal: AbortSignal): Hono {
  return createWorkerApp(
    "/load",
    async () => {
      const report = await load(ports, limits, signal);
      if (report.outcome === "partial") {
        ports.log.error("loaded in part", {
          reason: report.reasons.join("; "),
          milliseconds: report.milliseconds,
        });
      }
      await logRound(report, ports);
      return { ...report, retry: report.outcome === "partial" };
    },
    ports.log,
  );
}

/** One line for each round; monitoring measures `oldestPendingSeconds` (infra/gcp/monitoring). */
async function logRound({ outcome, rows, milliseconds }: LoadReport, ports: LoadPorts): Promise<void> {
  const fields = { outcome, rows, milliseconds };
  try {
    const oldest = await oldestPendingSeconds(ports.store, ports.clock);
    ports.log.info("round", { ...fields, oldestPendingSeconds: oldest });
  } catch (error) {
    // The round's work is done or will be repeated; only what is left is not known.
    ports.log.warn("round", { ...fields, reason: reasonOf(error) });
  }
}
