/** A live pipeline to be examined: what breaks it, and what `pullhouse doctor` says of it. */
import { readFileSync } from "node:fs";
import { BigQuery, type Dataset } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { CloudTasksClient } from "@google-cloud/tasks";
import { insecureEndpoint } from "#services/shared/gcp/insecure-endpoint.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { pullhouse, pullhouseHere } from "../cli/run-command.ts";

const BODY = readFileSync("test/fixtures/seed-pull/body.json");

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly what: string;
  readonly found: string;
  readonly advice?: string;
}

export interface Report {
  readonly status: number | null;
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

export interface Patient {
  readonly pipeline: LivePipeline;
  readonly tasks: CloudTasksClient;
  readonly pubsub: PubSub;
  readonly dataset: Dataset;
  /** The queues' full names. */
  readonly drainQueue: string;
  readonly loadQueue: string;
  /** A variable of the pipeline. */
  of(name: string): string;
  post(id: string, type: string): Promise<number>;
  /** Runs the command as a process, with variables of its own in place of the pipeline's. */
  doctor(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Report>;
  stop(): Promise<void>;
}

export async function startPatient(): Promise<Patient> {
  const ports = await freePorts();
  const receiver = `http://127.0.0.1:${ports["PULLHOUSE_RECEIVER_PORT"]}`;
  const pipeline = await startLivePipeline(ports);
  const of = (name: string) => pipeline.env[name] as string;
  const projectId = of("GOOGLE_CLOUD_PROJECT");
  const tasks = new CloudTasksClient({ projectId, ...insecureEndpoint(of("CLOUD_TASKS_EMULATOR_HOST")) });
  const pubsub = new PubSub({ projectId, apiEndpoint: of("PUBSUB_EMULATOR_HOST"), emulatorMode: true });
  const bigquery = new BigQuery({ projectId, apiEndpoint: of("BIGQUERY_EMULATOR_HOST") });
  const queue = (name: string) => tasks.queuePath(projectId, of("GOOGLE_CLOUD_LOCATION"), of(name));
  return {
    pipeline,
    tasks,
    pubsub,
    dataset: bigquery.dataset(of("BIGQUERY_DATASET")),
    drainQueue: queue("TASKS_QUEUE_DRAIN"),
    loadQueue: queue("TASKS_QUEUE_LOAD"),
    of,
    post: (id, type) =>
      pipeline.post(BODY, {
        "content-type": "application/json",
        "ce-id": id,
        "ce-type": type,
        "ce-source": "cgr.dev",
        "ce-specversion": "1.0",
        "ce-time": new Date().toISOString(),
      }),
    async doctor(args, env = {}) {
      const variables = { ...pipeline.env, RECEIVER_URL: receiver, ...env };
      // Out of time, it ends its process.
      const run = args.includes("--timeout") ? pullhouse : pullhouseHere;
      const { status, out, error } = await run(["doctor", "--json", ...args], variables);
      if (error !== "") throw new Error(error);
      return { status, ...(JSON.parse(out) as Omit<Report, "status">) };
    },
    async stop() {
      await tasks.close();
      await pubsub.close();
      await pipeline.stop();
    },
  };
}

/** What is neither fine nor impossible to ask, as `verdict what`. */
export const trouble = ({ findings }: Report) =>
  findings.flatMap(({ verdict, what }) =>
    verdict === "ok" || verdict === "not checked" ? [] : [`${verdict} ${what}`],
  );

export const about = ({ findings }: Report, what: string) =>
  findings.find((finding) => finding.what === what);
