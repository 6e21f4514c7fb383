/** Wakes batcher and loader on Google Cloud until nothing waits. */
import type { Clock } from "#services/shared/clock.ts";
import { PENDING, SPILL } from "#services/shared/objects.ts";
import type { DeployConfig } from "../../gcp/config.ts";
import { namesOf } from "../../gcp/names.ts";
import { type Api, read } from "../api.ts";
import { gcloud, type RunCommand } from "../commands.ts";

export interface SettleOptions {
  readonly config: DeployConfig;
  readonly api: Api;
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly patienceMs: number;
}

const POLL_MS = 10_000;

/** By the safety net's jobs, as nobody else may call the services. @throws Error when something still waits */
export async function settleOn({ config, api, run, clock, patienceMs }: SettleOptions): Promise<void> {
  const { project, region, windowSeconds } = config;
  const names = namesOf(config);
  const wake = (service: "batcher" | "loader") =>
    gcloud(run, [
      "scheduler",
      "jobs",
      "run",
      `${names.service(service)}-safety-net`,
      `--location=${region}`,
      `--project=${project}`,
    ]);
  const waiting = async () => {
    const lists = [PENDING, SPILL].map((prefix) =>
      read<{ items?: readonly object[] }>(api, "storage", {
        path: `/storage/v1/b/${names.bucket}/o`,
        query: { prefix, maxResults: "1" },
      }),
    );
    return (await Promise.all(lists)).some(({ items = [] }) => items.length > 0);
  };
  const until = clock.now() + patienceMs;
  await wake("batcher");
  // The load that follows a drain has its own alarm.
  await clock.sleep(2_000 * windowSeconds);
  while (await waiting()) {
    if (clock.now() > until)
      throw new Error(`objects or spilled events wait in gs://${names.bucket} all the time`);
    await wake("loader");
    await clock.sleep(POLL_MS);
  }
}
