/** Where the time went behind the receiver, from the services' own logs and the warehouse's jobs. */
import type { JobTimes, Questioner } from "#services/shared/gcp/query.ts";
import { type LogLine, logLines } from "./log-lines.ts";

export interface Stage {
  readonly times: number;
  readonly milliseconds: number;
  readonly longest: number;
}

export interface TimeSpent {
  readonly drain: Stage & { readonly messages: number; readonly objects: number };
  readonly load: Stage;
  readonly merge: Stage;
}

/**
 * A drain is a round of the batcher that found something; a load and a merge are what the loader did for one
 * plan: its whole time, less the time of the merge's job, is the load.
 */
export async function timeSpent(
  logs: { readonly batcher: string; readonly loader: string },
  questioner: Questioner,
): Promise<TimeSpent> {
  const rounds = await linesOf(logs.batcher, "drained");
  const plans = await linesOf(logs.loader, "loaded");
  const merges = await Promise.all(
    plans.map(async ({ plan }) => lasted(await questioner.jobTimes(`pullhouse-merge-${plan}-a0`))),
  );
  const loads = plans.map(({ milliseconds = 0 }, index) =>
    Math.max(0, milliseconds - (merges[index] as number)),
  );
  return {
    drain: {
      ...stage(rounds.map(({ milliseconds = 0 }) => milliseconds)),
      messages: rounds.reduce((sum, { messages = 0 }) => sum + messages, 0),
      objects: rounds.reduce((sum, { objects = 0 }) => sum + objects, 0),
    },
    load: stage(loads),
    merge: stage(merges),
  };
}

/** Milliseconds; 0 when BigQuery does not know. */
function lasted({ startedAt, endedAt }: JobTimes = {}): number {
  return startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
}

function stage(values: readonly number[]): Stage {
  return {
    times: values.length,
    milliseconds: values.reduce((sum, value) => sum + value, 0),
    longest: values.reduce((most, value) => Math.max(most, value), 0),
  };
}

async function linesOf(file: string, message: string): Promise<readonly LogLine[]> {
  const found: LogLine[] = [];
  for await (const line of logLines(file)) if (line.message === message) found.push(line);
  return found;
}
