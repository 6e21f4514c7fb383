/** The whole pipeline in processes of its own, on free ports, reached as its users reach it: HTTP in, SQL out. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { type Bucket, Storage } from "@google-cloud/storage";
import { CloudTasksClient } from "@google-cloud/tasks";
import { credentials } from "@grpc/grpc-js";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { openSigner } from "#infra/local/issuer/signer.ts";
import { startPipeline } from "#infra/local/up/pipeline.ts";
import { freePorts } from "./free-ports.ts";
import { copyProvisionedTables } from "./provisioned-tables.ts";

const DATASET = "cloudevents_pull_event_recorder";

export interface LivePipeline {
  /** Posts a body with a token signed for it; the answer is the status. */
  post(body: Uint8Array, headers: Record<string, string>): Promise<number>;
  /** A token for a body, as the local issuer signs it. */
  token(body: Uint8Array): Promise<string>;
  /** Posts to a sender's route, the credentials being the caller's matter; the answer is the status. */
  send(path: string, body: Uint8Array, headers: Record<string, string>): Promise<number>;
  /** @param options `wrapIntegers` for columns with integers that no double holds */
  query<Row>(
    sql: string,
    params?: Record<string, unknown>,
    options?: { readonly wrapIntegers: boolean },
  ): Promise<Row[]>;
  readonly bucket: Bucket;
  /** What the `pullhouse` command needs to work on it. */
  readonly env: Readonly<Record<string, string>>;
  /** How many alarms are set; with none, no service will be called. */
  alarms(): Promise<number>;
  /** The process of a part, such as `receiver`. */
  pid(part: string): number;
  /** Sends a signal to the process of a part. */
  signal(part: string, signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export async function startLivePipeline(variables: Record<string, string> = {}): Promise<LivePipeline> {
  const home = mkdtempSync(join(tmpdir(), "pullhouse-pipeline-"));
  const env = {
    ...process.env,
    WINDOW_SECONDS: "0.5",
    ...(await freePorts()),
    ...variables,
    PULLHOUSE_HOME: home,
  };
  await copyProvisionedTables(home, env);
  const pipeline = await startPipeline({ env, notice: () => {} });
  const { plan } = pipeline;
  const signer = openSigner(join(home, "issuer"));
  const projectId = plan.variables["GOOGLE_CLOUD_PROJECT"] as string;
  const bigquery = new BigQuery({
    projectId,
    apiEndpoint: plan.variables["BIGQUERY_EMULATOR_HOST"] as string,
  });
  const storage = new Storage({ projectId, apiEndpoint: plan.variables["STORAGE_EMULATOR_HOST"] as string });
  const [tasksHost, tasksPort] = (plan.variables["CLOUD_TASKS_EMULATOR_HOST"] as string).split(":");
  const tasks = new CloudTasksClient({
    apiEndpoint: tasksHost as string,
    port: Number(tasksPort),
    sslCreds: credentials.createInsecure(),
  });
  const send: LivePipeline["send"] = async (path, body, headers) => {
    const response = await fetch(`${plan.receiverUrl}${path}`, {
      method: "POST",
      headers,
      body: Buffer.from(body),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const token = (body: Uint8Array) => signer.sign({ group: LOCAL_GROUP, body });
  const pid = (part: string) => Number(readFileSync(join(home, "logs", `${part}.pid`), "utf8"));
  return {
    send,
    pid,
    token,
    async post(body, headers) {
      return send("/", body, { ...headers, authorization: `Bearer ${await token(body)}` });
    },
    async query(sql, params = {}, options = { wrapIntegers: false }) {
      const request = { query: sql, params, defaultDataset: { datasetId: DATASET, projectId } };
      const [rows] = await bigquery.query({ ...request, ...options });
      return rows;
    },
    bucket: storage.bucket(plan.variables["GCS_BUCKET"] as string),
    env: plan.variables,
    async alarms() {
      const of = (name: string) => plan.variables[name] as string;
      const queues = [of("TASKS_QUEUE_DRAIN"), of("TASKS_QUEUE_LOAD")];
      const lists = await Promise.all(
        queues.map((queue) =>
          tasks.listTasks({ parent: tasks.queuePath(projectId, of("GOOGLE_CLOUD_LOCATION"), queue) }),
        ),
      );
      return lists.reduce((sum, [list]) => sum + list.length, 0);
    },
    signal(part, signal) {
      process.kill(pid(part), signal);
    },
    async stop() {
      await tasks.close();
      await pipeline.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
