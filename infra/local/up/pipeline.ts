/** The whole pipeline on one laptop: the parts, what they need in the local project, and the first alarms. */
import { systemClock } from "#services/shared/clock.ts";
import { EnvReader, readServiceConfig } from "#services/shared/config.ts";
import { projectOf, provision, provisionTables } from "#services/shared/gcp/provision.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import { type LocalPlan, planLocal } from "../environment.ts";
import { checkConfiguration } from "./check-configuration.ts";
import type { Notice } from "./running-part.ts";
import { type Supervised, supervise } from "./supervise.ts";

export interface Pipeline extends Supervised {
  readonly plan: LocalPlan;
}

export interface PipelineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly notice: (notice: Notice) => void;
  /** Ends the start; the parts that run already are stopped before the promise rejects. */
  readonly signal?: AbortSignal;
}

/** @throws PipelineError CONFIG_INVALID, CannotStart (supervise.ts) */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const plan = planLocal(options.env);
  checkConfiguration(plan, options.env);
  const supervised = await supervise({
    plan,
    ...options,
    beforeServices: () => prepare(plan),
    besideServices: () => provisionTables(projectOf(plan.variables)),
  });
  return { ...supervised, plan };
}

/**
 * On Google Cloud, Terraform creates these. The alarms stand for the safety net of every six hours: what a
 * run before has left (messages, pending objects) goes on without waiting for the next event.
 */
async function prepare(plan: LocalPlan): Promise<void> {
  const { variables } = plan;
  await provision(projectOf(plan.variables));
  const reader = new EnvReader(variables);
  const { alarm: names, windowMs, requestTimeoutMs } = readServiceConfig(reader, 0);
  reader.done();
  const alarm = createAlarm({
    alarm: names,
    windowMs,
    requestTimeoutMs,
    clock: systemClock,
    emulatorHost: variables["CLOUD_TASKS_EMULATOR_HOST"] as string,
  });
  try {
    await alarm.arm("drain");
    await alarm.arm("load");
  } finally {
    await alarm.close();
  }
}
