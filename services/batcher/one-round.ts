/**
 * One round at a time in a process. Memory is then bounded by one round, and a death counts against what that round had in
 * hand: a second one could have died of its own messages.
 */
import { createProcess, type DrainLimits, type DrainReason, type DrainReport, drain } from "./drain.ts";
import type { DrainPorts } from "./settle.ts";

/** Another round is under way; nobody looked at what came since it pulled, so the call must be repeated. */
interface Busy {
  readonly outcome: "busy";
  readonly retry: true;
}

export type Drain = (why?: DrainReason) => Promise<DrainReport | Busy>;

/** Call it once per process. */
export function createDrain(ports: DrainPorts, limits: DrainLimits, signal: AbortSignal): Drain {
  const own = createProcess(ports);
  let isBusy = false;
  return async (why) => {
    if (isBusy) return { outcome: "busy", retry: true };
    isBusy = true;
    try {
      return await drain(ports, limits, signal, why, own);
    } finally {
      isBusy = false;
    }
  };
}
