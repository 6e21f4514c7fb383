/** `pullhouse trace` on the whole pipeline: from the sender's traceparent to the row, by log lines, message, object and jobs. */
import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Chain } from "#services/cli/trace/chain.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const TABLE = "dev_chainguard_registry_pull_v1";
const PATIENCE = { timeout: 60_000, interval: 500 };
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z$/;

let pipeline: LivePipeline;

beforeAll(async () => {
  pipeline = await startLivePipeline({ LOG_LEVEL: "DEBUG" });
});
afterAll(() => pipeline.stop());

function attributes(id: string): Record<string, string> {
  return { id, type: PULL_TYPE, source: "cgr.dev", specversion: "1.0", time: "2025-04-23T00:37:47Z" };
}

const binary = (id: string) =>
  Object.fromEntries(Object.entries(attributes(id)).map(([name, value]) => [`ce-${name}`, value]));

const hex = (bytes: number) => randomBytes(bytes).toString("hex");

interface Document {
  readonly events: readonly Chain[];
  readonly more: readonly string[];
  readonly commands: readonly string[];
}

async function trace(...args: string[]): Promise<Document & { status: number | null }> {
  const { status, out, error } = await pullhouse(["trace", "--json", ...args], pipeline.env);
  expect(error).toBe("");
  return { status, ...(JSON.parse(out) as Document) };
}

/** Waits until the chain is whole. */
async function traced(id: string): Promise<Document> {
  let last: Document | undefined;
  const status = async () => {
    const document = await trace(id);
    last = document;
    return document.status;
  };
  await expect.poll(status, PATIENCE).toBe(0);
  return last as Document;
}

type Line = Readonly<Record<string, unknown>>;

function logLines(service: string): readonly Line[] {
  const file = join(pipeline.env["PULLHOUSE_HOME"] as string, "logs", `${service}.log`);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
}

async function jobLabels(id: string): Promise<unknown> {
  const { BIGQUERY_EMULATOR_HOST: host, GOOGLE_CLOUD_PROJECT: project } = pipeline.env;
  const response = await fetch(`${host}/bigquery/v2/projects/${project}/jobs/${id}`);
  const job = (await response.json()) as { configuration: { labels: unknown } };
  return job.configuration.labels;
}

test("an event is followed from the sender's traceparent over message, object and jobs to its row", async () => {
  const [id, traceId, spanId] = [randomUUID(), hex(16), hex(8)];
  const traceparent = `00-${traceId}-${spanId}-01`;
  const headers = { ...binary(id), "content-type": "application/json", traceparent };
  expect(await pipeline.post(Buffer.from('{"body":{"repository":"a/b"}}'), headers)).toBe(202);

  const [chain, ...others] = (await traced(id)).events;
  expect(others).toEqual([]);
  expect(chain).toMatchObject({
    ceId: id,
    ceSource: "cgr.dev",
    type: PULL_TYPE,
    traceId,
    times: 1,
    end: "row",
    accepted: { status: 202, ceId: id, traceId, messageId: expect.stringMatching(/./) },
    object: { rows: 1, mark: "gone", generation: expect.stringMatching(/^\d+$/) },
    row: { table: TABLE, loadedAt: expect.stringMatching(ISO), receivedAt: expect.stringMatching(ISO) },
  });
  const { object, load, accepted, row } = chain as Required<Chain>;
  const mergeJob = load.mergeJob as NonNullable<typeof load.mergeJob>;
  const times = [
    chain?.receivedAt,
    object.writtenAt,
    load.loadJobs[0]?.endedAt,
    mergeJob.startedAt,
    mergeJob.endedAt,
  ].map((at) => Date.parse(at as string));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Date.parse(row.receivedAt as string)).toBe(Date.parse(accepted.receivedAt as string));

  const project = pipeline.env["GOOGLE_CLOUD_PROJECT"];
  const traceFields = {
    "logging.googleapis.com/trace": `projects/${project}/traces/${traceId}`,
    "logging.googleapis.com/spanId": spanId,
    "logging.googleapis.com/trace_sampled": true,
  };
  const messageId = accepted.messageId as string;
  const where = { type: PULL_TYPE, object: object.name };
  expect(logLines("receiver")).toContainEqual(
    expect.objectContaining({ message: "accepted", ceId: id, type: PULL_TYPE, messageId, ...traceFields }),
  );
  expect(logLines("batcher")).toContainEqual(
    expect.objectContaining({ message: "written", rows: 1, traces: 1, ...where, ...traceFields }),
  );
  expect(logLines("batcher")).toContainEqual(
    expect.objectContaining({
      severity: "DEBUG",
      message: "written in an object",
      ceId: id,
      messageId,
      ...where,
    }),
  );
  const jobId = mergeJob.id.replace(/-a\d+$/, "");
  expect(logLines("loader")).toContainEqual(
    expect.objectContaining({ message: "loaded", type: PULL_TYPE, plan: load.plan, jobId }),
  );

  const labels = {
    service: "pullhouse-loader",
    type: "dev_chainguard_registry_pull_v1",
    plan: load.plan,
    trace: traceId,
  };
  expect(await jobLabels(mergeJob.id)).toEqual({ ...labels, rows: "parameter" });
  expect(load.loadJobs).toEqual([]);

  const text = await pullhouse(["trace", traceparent], pipeline.env);
  expect(text.status).toBe(0);
  for (const part of [
    id,
    traceId,
    messageId,
    object.name,
    load.plan,
    mergeJob.id,
    `It is a row of ${TABLE}, `,
  ])
    expect(text.out).toContain(part);

  const columns = await pipeline.query<{ column_name: string }>(
    `SELECT column_name FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = '${TABLE}'`,
  );
  expect(columns.map(({ column_name: name }) => name).filter((name) => /trace|span/.test(name))).toEqual([]);
  const rows = await pipeline.query(`SELECT extra FROM ${TABLE} WHERE ce_id = @id`, { id });
  expect(rows).toEqual([{ extra: null }]);
});

test("the events of a batch are found by its trace, each with its own message", async () => {
  const [ids, traceId] = [[randomUUID(), randomUUID()], hex(16)];
  const events = ids.map((id) => ({ ...attributes(id), data: { body: { repository: "a/b" } } }));
  const headers = {
    "content-type": "application/cloudevents-batch+json",
    traceparent: `00-${traceId}-${hex(8)}-00`,
  };
  expect(await pipeline.post(Buffer.from(JSON.stringify(events)), headers)).toBe(202);

  const chains = (await traced(traceId)).events;
  expect(new Set(chains.map(({ ceId }) => ceId))).toEqual(new Set(ids));
  expect(chains).toHaveLength(ids.length);
  expect(new Set(chains.map(({ accepted }) => accepted?.messageId)).size).toBe(2);
  for (const chain of chains) expect(chain).toMatchObject({ traceId, end: "row", times: 1 });
});

test("the extension traceparent of an event is data, whatever the request's trace is", async () => {
  const [id, traceId] = [randomUUID(), hex(16)];
  const ofEvent = `00-${hex(16)}-${hex(8)}-01`;
  const headers = {
    ...binary(id),
    "ce-traceparent": ofEvent,
    "content-type": "application/json",
    traceparent: `00-${traceId}-${hex(8)}-00`,
  };
  expect(await pipeline.post(Buffer.from("{}"), headers)).toBe(202);
  expect((await traced(id)).events).toMatchObject([{ ceId: id, traceId, end: "row" }]);
  const rows = await pipeline.query<{ extra: string }>(
    `SELECT TO_JSON_STRING(extra) AS extra FROM ${TABLE} WHERE ce_id = @id`,
    { id },
  );
  expect(rows.map(({ extra }) => JSON.parse(extra) as unknown)).toEqual([{ ce: { traceparent: ofEvent } }]);
});

test("a traceparent that is none is no reason to refuse the event, which begins a trace", async () => {
  const id = randomUUID();
  const headers = { ...binary(id), "content-type": "application/json", traceparent: "00-zz-1-0" };
  expect(await pipeline.post(Buffer.from("{}"), headers)).toBe(202);
  const [chain] = (await traced(id)).events;
  expect(chain?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect((await trace(chain?.traceId as string)).events).toMatchObject([{ ceId: id, end: "row" }]);
});

test("a refused request is found by its trace with status 1, until the sender's next try is a row", async () => {
  const [id, traceId] = [randomUUID(), hex(16)];
  const traceparent = `00-${traceId}-${hex(8)}-00`;
  const headers = { ...binary(id), "content-type": "application/json", traceparent };
  expect(await pipeline.send("/", Buffer.from("{}"), headers)).toBe(401);
  const { status, events } = await trace(traceId);
  expect(events).toMatchObject([{ traceId, end: "refused", accepted: { status: 401, code: "no-token" } }]);
  expect(status).toBe(1);
  expect(await pipeline.post(Buffer.from("{}"), headers)).toBe(202);
  expect((await traced(traceId)).events.map(({ end }) => end)).toEqual(["row", "refused"]);
});
