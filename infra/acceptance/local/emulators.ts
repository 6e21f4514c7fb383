/** The local cloud of an acceptance run: emulators in this process, with a BigQuery that can be told to refuse. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startBigQueryWith } from "../../local/bigquery/start.ts";
import { type FaultyBigQuery, startFaultyBigQuery } from "../../local/faults/faulty-bigquery.ts";
import { startIssuer } from "../../local/issuer/start.ts";
import { startPubSub } from "../../local/pubsub/start.ts";
import type { StandIn } from "../../local/stand-in.ts";
import { startStorage } from "../../local/storage/start.ts";
import { startTasks } from "../../local/tasks/start.ts";

export interface Emulators {
  /** The variables by which services and commands find them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where what is created through the control plane comes to be. */
  readonly dataPlane: Readonly<Record<"pubsub" | "storage" | "bigquery" | "tasks", string>>;
  readonly storageUrl: string;
  readonly bigqueryUrl: string;
  readonly issuerFolder: string;
  /** Stands before the emulator; everybody asks it. */
  readonly bigquery: FaultyBigQuery;
  close(): Promise<void>;
}

/** @param folder of their state */
export async function startEmulators(folder: string): Promise<Emulators> {
  const started: { close(): Promise<void> }[] = [];
  const at = (name: string) => {
    const stateDir = join(folder, name);
    mkdirSync(stateDir, { recursive: true });
    return { port: 0, stateDir };
  };
  const address = ({ port }: StandIn) => `127.0.0.1:${port}`;
  const kept = <T extends { close(): Promise<void> }>(one: T): T => {
    started.push(one);
    return one;
  };
  const storageUrl = `http://${address(kept(await startStorage(at("storage"))))}`;
  const pubsub = kept(await startPubSub(at("pubsub")));
  const warehouse = kept(await startBigQueryWith({ ...at("bigquery"), storageUrl }));
  const bigquery = kept(await startFaultyBigQuery(`http://${address(warehouse)}`));
  const tasks = kept(await startTasks(at("tasks")));
  const issuerAt = at("issuer");
  const issuer = kept(await startIssuer(issuerAt));
  return {
    variables: {
      METADATA_SERVER_DETECTION: "none",
      PUBSUB_EMULATOR_HOST: address(pubsub),
      STORAGE_EMULATOR_HOST: storageUrl,
      BIGQUERY_EMULATOR_HOST: bigquery.url,
      CLOUD_TASKS_EMULATOR_HOST: address(tasks),
      CHAINGUARD_ISSUER: `http://${address(issuer)}`,
    },
    dataPlane: {
      pubsub: address(pubsub),
      storage: storageUrl,
      bigquery: bigquery.url,
      tasks: address(tasks),
    },
    storageUrl,
    bigqueryUrl: bigquery.url,
    issuerFolder: issuerAt.stateDir,
    bigquery,
    close: async () => {
      for (const one of started.toReversed()) await one.close();
    },
  };
}
