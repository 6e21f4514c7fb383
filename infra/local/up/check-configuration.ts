/** Finds out before anything starts whether the services would refuse their variables. */
import { readBatcherConfig } from "#services/batcher/config.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { PipelineError } from "#services/shared/errors.ts";
import type { LocalPlan } from "../environment.ts";

const READERS = [readReceiverConfig, readBatcherConfig, readLoaderConfig];

/** @throws PipelineError CONFIG_INVALID with each problem once, however many services share it */
export function checkConfiguration(plan: LocalPlan, env: NodeJS.ProcessEnv): void {
  const problems = new Set<string>();
  for (const read of READERS) {
    try {
      read({ ...env, ...plan.variables });
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      for (const line of error.message.split("\n")) problems.add(line);
    }
  }
  if (problems.size > 0) throw new PipelineError("CONFIG_INVALID", "never", [...problems].join("\n"));
}
