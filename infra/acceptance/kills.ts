/** Kills one service after the other while events are sent. */
import type { ServiceName } from "../gcp/names.ts";
import type { Deployment } from "./deployment.ts";
import type { Observed } from "./observed.ts";

/** Each twice, evenly over the requests. */
const KILLS: readonly ServiceName[] = ["receiver", "batcher", "loader", "batcher", "loader", "receiver"];

export interface Kills {
  /** Begins the kills that are due after so many answers. */
  answered(count: number): void;
  /** Resolves when the last one that was begun has its service back. */
  done(): Promise<void>;
}

/** @param requests of all that will be answered */
export function createKills(requests: number, deployment: Deployment, observed: Observed): Kills {
  let begun = 0;
  let killing: Promise<void> = Promise.resolve();
  const after = async (before: Promise<void>, service: ServiceName) => {
    await before;
    observed.kills.push({ service, how: await deployment.kill(service) });
  };
  return {
    answered(count) {
      const due = Math.min(KILLS.length, Math.floor((count * (KILLS.length + 1)) / requests));
      for (; begun < due; begun++) killing = after(killing, KILLS[begun] as ServiceName);
      // `done` tells of it.
      killing.catch(() => undefined);
    },
    done: () => killing,
  };
}
