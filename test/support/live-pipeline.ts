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
  /** How many alarms are set, those for rollups left out; with none, no service will be called this hour. */
  alarms(): Promise<number>;
  /** When the rollups' alarms are due. */
  rollUps(): Promise<readonly Date[]>;
  /** Takes the rollups' alarms away: a test that goes on at 20 minutes past the hour rolls up when it wants to. */
  dropRollUps(): Promise<void>;
  /**
   * Has the alarms go off now that were set by a clock which is ahead, as soon as their time has come by that clock.
   * @param aheadMs how much it is ahead; alarms that are due within half of that are left alone
   * @returns how many
   */
  ringAhead(aheadMs: number): Promise<number>;
  /** The process of a part, such as `receiver`. */
  pid(part: string): number;
  /** Sends a signal to the process of a part. */
  signal(part: string, signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** In the names of tasks. */
const ROLLUP = /-rollup-\d+$/;

/** @param variables with PULLHOUSE_HOME the state is kept there, and its folder is the caller's to remove */
export async function startLivePipeline(variables: Record<string, string> = {}): Promise<LivePipeline> {
  const given = variables["PULLHOUSE_HOME"];
  const home = given ?? mkdtempSync(join(tmpdir(), "pullhouse-pipeline-"));
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
  const listAlarms = async (isRollUp: boolean) => {
    const of = (name: string) => plan.variables[name] as string;
    const queues = ["TASKS_QUEUE_DRAIN", "TASKS_QUEUE_LOAD", "TASKS_QUEUE_ROLLUP"].map(of);
    const lists = await Promise.all(
      queues.map((queue) =>
        tasks.listTasks({ parent: tasks.queuePath(projectId, of("GOOGLE_CLOUD_LOCATION"), queue) }),
      ),
    );
    return lists.flatMap(([list]) => list).filter(({ name }) => ROLLUP.test(name ?? "") === isRollUp);
  };
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
    alarms: async () => (await listAlarms(false)).length,
    async dropRollUps() {
      for (const { name } of await listAlarms(true)) await tasks.deleteTask({ name: name as string });
    },
    rollUps: async () =>
      (await listAlarms(true)).map(({ scheduleTime }) => new Date(1000 * Number(scheduleTime?.seconds))),
    async ringAhead(aheadMs) {
      let count = 0;
      for (const { name, scheduleTime } of await listAlarms(false)) {
        const inMs = Number(scheduleTime?.seconds) * 1_000 + Number(scheduleTime?.nanos) / 1e6 - Date.now();
        if (inMs > aheadMs || inMs < aheadMs / 2) continue;
        await tasks.runTask({ name: name as string });
        count += 1;
      }
      return count;
    },
    signal(part, signal) {
      process.kill(pid(part), signal);
    },
    async stop() {
      await tasks.close();
      await pipeline.stop();
      if (given === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}
