/** The loader's one route. */
import type { Hono } from "hono";
import { createWorkerApp } from "#services/shared/worker-app.ts";
import { type LoadLimits, type LoadPorts, load } from "./load.ts";

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
      return report;
    },
    ports.log,
  );
}
