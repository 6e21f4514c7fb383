/** `pullhouse doctor` on a pipeline that is well, and on one where each thing is broken for real. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { PubSub } from "@google-cloud/pubsub";
import { CloudTasksClient } from "@google-cloud/tasks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { insecureEndpoint } from "#services/shared/gcp/insecure-endpoint.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { missing } from "#test/support/pull-traffic.ts";
import { type Recorder, startRecorder } from "#test/support/recorder.ts";
import { pullhouse } from "../cli/run-command.ts";

const BODY = readFileSync("test/fixtures/seed-pull/body.json");
const TYPE = "dev.chainguard.registry.pull.v1";

let pipeline: LivePipeline;
let receiver: string;
let tasks: CloudTasksClient;
let pubsub: PubSub;

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly what: string;
  readonly found: string;
  readonly advice?: string;
}

interface Document {
  readonly status: number | null;
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

async function doctor(args: readonly string[], env: Record<string, string> = {}): Promise<Document> {
  const variables = { ...pipeline.env, RECEIVER_URL: receiver, ...env };
  const { status, out, error } = await pullhouse(["doctor", "--json", ...args], variables);
  expect(error).toBe("");
  return { status, ...(JSON.parse(out) as Omit<Document, "status">) };
}

/** What is neither fine nor impossible to ask. */
const trouble = ({ findings }: Document) =>
  findings.filter(({ verdict }) => verdict !== "ok" && verdict !== "not checked");

function headersOf(id: string, type: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": type,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": new Date().toISOString(),
  };
}

beforeAll(async () => {
  const ports = await freePorts();
  receiver = `http://127.0.0.1:${ports["PULLHOUSE_RECEIVER_PORT"]}`;
  pipeline = await startLivePipeline(ports);
  const of = (name: string) => pipeline.env[name] as string;
  const project = of("GOOGLE_CLOUD_PROJECT");
  tasks = new CloudTasksClient({ ...insecureEndpoint(of("CLOUD_TASKS_EMULATOR_HOST")) });
  pubsub = new PubSub({ projectId: project, apiEndpoint: of("PUBSUB_EMULATOR_HOST"), emulatorMode: true });
});

afterAll(async () => {
  await tasks?.close();
  await pubsub?.close();
  await pipeline?.stop();
});

describe("a pipeline that is well", () => {
  const recorders = new Map<string, Recorder>();
  afterAll(async () => {
    for (const recorder of recorders.values()) await recorder.close();
  });

  test("every line is ok or says that there is nothing to ask, and nobody is asked to change anything", async () => {
    const ids = Array.from({ length: 3 }, () => randomUUID());
    for (const id of ids) expect(await pipeline.post(BODY, headersOf(id, PULL_TYPE))).toBe(202);
    await expect.poll(() => missing(pipeline, ids)).toBe(0);
    await expect.poll(() => pipeline.alarms()).toBe(0);
    const env: Record<string, string> = {};
    for (const [name, scheme] of [
      ["PUBSUB_EMULATOR_HOST", ""],
      ["CLOUD_TASKS_EMULATOR_HOST", ""],
      ["STORAGE_EMULATOR_HOST", "http://"],
      ["BIGQUERY_EMULATOR_HOST", "http://"],
    ] as const) {
      const target = pipeline.env[name] as string;
      const recorder =
        scheme === ""
          ? await startRecorder(`http://${target}`, "http2")
          : await startRecorder(target, "http");
      recorders.set(name, recorder);
      env[name] = `${scheme}127.0.0.1:${recorder.port}`;
    }
    const found = await doctor([], env);
    expect(trouble(found)).toEqual([]);
    expect(found).toMatchObject({ status: 0, healthy: true });
    const checks = [...new Set(found.findings.map(({ check }) => check))];
    expect(checks).toEqual([
      "configuration",
      "permissions",
      "receiver",
      "lag",
      "last-load",
      "dead-letters",
      "alarms",
    ]);
    expect(found.findings.find(({ check }) => check === "last-load")).toMatchObject({
      what: TYPE,
      found: expect.stringContaining("in 24 h 3 rows"),
    });

    const seen = [...recorders.values()].map((recorder) => recorder.seen);
    expect(seen.every((requests) => requests.length > 0)).toBe(true);
    const READS =
      /^GET |^\/[\w.]+\/(?:Get|List|TestIamPermissions)|^POST \S+:testIamPermissions|^POST \S+\/jobs\S* \{.*"query":"SELECT /;
    expect(seen.flat().filter((request) => !READS.test(request))).toEqual([]);
  });
});
