/**
 * The stack, applied to the stand-ins, with the production bundles started as Cloud Run would start them: with the
 * stack's variables and nothing else, but for where the stand-ins are. What the stack forgets is found here.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BigQuery } from "@google-cloud/bigquery";
import { Storage } from "@google-cloud/storage";
import { CloudTasksClient } from "@google-cloud/tasks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOG_METRICS } from "#infra/gcp/monitoring/log-metrics.ts";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { openSigner } from "#infra/local/issuer/signer.ts";
import { startIssuer } from "#infra/local/issuer/start.ts";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { startTasks } from "#infra/local/tasks/start.ts";
import { insecureEndpoint } from "#services/shared/gcp/insecure-endpoint.ts";
import { pendingMark, spillObject } from "#services/shared/objects.ts";
import { applyStack, environmentOf, resolveReferences } from "#test/support/applied-stack.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { GROUP, PROJECT, type Resource, synthesizeStack } from "#test/support/stack.ts";
import { type StorageRecorder, startStorageRecorder } from "#test/support/storage-recorder.ts";

const SERVICES = ["receiver", "batcher", "loader"] as const;
type Service = (typeof SERVICES)[number];

/** gRPC's code. */
const NOT_FOUND = 5;

const stack = synthesizeStack({ windowSeconds: 10 });
const state = mkdtempSync(join(tmpdir(), "pullhouse-deployed-"));
const dist = join(state, "dist");
const body = readFileSync("test/fixtures/seed-pull/body.json");

const standIns: StandIn[] = [];
let pubsub: StandIn;
const recorders = new Map<Service, StorageRecorder>();
const processes = new Map<Service, ChildProcess>();
const lines: Record<string, unknown>[] = [];
let bigquery: BigQuery;
let tasks: CloudTasksClient;
let storageUrl = "";
let receiverUrl = "";

beforeAll(async () => {
  execFileSync(process.execPath, ["build.ts", dist], { stdio: "inherit" });
  const at = (name: string) => {
    mkdirSync(join(state, name));
    return { port: 0, stateDir: join(state, name) };
  };
  const storage = await startStorage(at("storage"));
  storageUrl = `http://127.0.0.1:${storage.port}`;
  pubsub = await startPubSub(at("pubsub"));
  const warehouse = await startBigQueryWith({ ...at("bigquery"), storageUrl });
  const alarms = await startTasks(at("tasks"));
  const issuer = await startIssuer(at("issuer"));
  standIns.push(alarms, issuer, warehouse, storage);

  const local = (standIn: StandIn) => `127.0.0.1:${standIn.port}`;
  const ports = await freePorts();
  const port: Record<Service, string> = {
    receiver: String(ports["PULLHOUSE_RECEIVER_PORT"]),
    batcher: String(ports["PULLHOUSE_BATCHER_PORT"]),
    loader: String(ports["PULLHOUSE_LOADER_PORT"]),
  };
  receiverUrl = `http://127.0.0.1:${port.receiver}`;
  // Tasks name the addresses that the services have on Google Cloud; only the queues' own targets bring them here.
  const { BATCHER_URL = "", LOADER_URL = "" } = environmentOf(stack, "receiver-us-central1", PROJECT);
  await applyStack(stack, PROJECT, {
    pubsub: local(pubsub),
    storage: storageUrl,
    bigquery: `http://${local(warehouse)}`,
    tasks: local(alarms),
    services: {
      [new URL(BATCHER_URL).host]: Number(port.batcher),
      [new URL(LOADER_URL).host]: Number(port.loader),
    },
  });
  tasks = new CloudTasksClient({ projectId: PROJECT, ...insecureEndpoint(local(alarms)) });
  bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://${local(warehouse)}` });
  await leaveWork();

  for (const service of SERVICES) {
    const recorder = await startStorageRecorder(storageUrl);
    recorders.set(service, recorder);
    const name = service === "receiver" ? "receiver-us-central1" : service;
    await start(service, {
      ...environmentOf(stack, name, PROJECT),
      // Where the stand-ins are; on Google Cloud none of these is set.
      PORT: port[service],
      HOST: "127.0.0.1",
      PUBSUB_EMULATOR_HOST: local(pubsub),
      STORAGE_EMULATOR_HOST: recorder.url,
      BIGQUERY_EMULATOR_HOST: `http://${local(warehouse)}`,
      CLOUD_TASKS_EMULATOR_HOST: local(alarms),
      CHAINGUARD_ISSUER: `http://${local(issuer)}`,
      METADATA_SERVER_DETECTION: "none",
    });
  }
}, 120_000);

afterAll(async () => {
  for (const child of processes.values()) {
    if (child.exitCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await tasks?.close();
  for (const recorder of recorders.values()) await recorder.close();
  for (const standIn of standIns) await standIn.close();
  rmSync(state, { recursive: true });
});

/** What was left behind by others: spilled events, readable or not, and a mark that is neither. */
async function leaveWork(): Promise<void> {
  const bucket = new Storage({ projectId: PROJECT, apiEndpoint: storageUrl }).bucket(
    String(stack.one("google_storage_bucket", "bucket")["name"]),
  );
  const attributes = { "ce-id": "spilled", ...event("spilled"), "pullhouse-source": "chainguard" };
  const spilled = { attributes, data_base64: body.toString("base64") };
  await bucket.file(spillObject("01SPILLED")).save(JSON.stringify(spilled));
  await bucket.file(spillObject("02RUBBISH")).save("rubbish");
  await bucket.file(pendingMark(PULL_TYPE, "00RUBBISH")).save("rubbish");
}

/** As the Dockerfile's ENTRYPOINT and the service's args say. */
async function start(service: Service, env: Record<string, string>): Promise<void> {
  const name = service === "receiver" ? "receiver-us-central1" : service;
  const { args } = stack.one("google_cloud_run_v2_service", name)["template"].containers[0];
  const child = spawn(process.execPath, args as string[], { cwd: dist, env });
  processes.set(service, child);
  child.stderr?.pipe(process.stderr);
  const listening = Promise.withResolvers<void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    const fields = JSON.parse(line) as Record<string, unknown>;
    lines.push(fields);
    if (fields["message"] === "listening") listening.resolve();
  });
  child.once("exit", (code) => listening.reject(new Error(`${service} ended with ${code}`)));
  await listening.promise;
}

function event(id: string, type = PULL_TYPE): Record<string, string> {
  return {
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": type,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": "2026-04-23T00:37:47Z",
  };
}

async function post(headers: Record<string, string>, data: Buffer): Promise<number> {
  const token = await openSigner(join(state, "issuer")).sign({ group: GROUP, body: data });
  const answer = await fetch(receiverUrl, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: data,
  });
  return answer.status;
}

async function query<Row>(sql: string): Promise<Row[]> {
  const datasetId = String(stack.one("google_bigquery_dataset", "dataset")["dataset_id"]);
  const [rows] = await bigquery.query({ query: sql, defaultDataset: { projectId: PROJECT, datasetId } });
  return rows;
}

async function idsIn(table: string): Promise<string[]> {
  const rows = await query<{ ce_id: string }>(`SELECT ce_id FROM ${table} ORDER BY ce_id`);
  return rows.map(({ ce_id: id }) => id);
}

test("an event goes from the request to its row with the variables that the stack sets", async () => {
  expect(await post(event("posted"), body)).toBe(202);
  expect(await post(event("unknown", "dev.chainguard.unknown.v1"), Buffer.from("{}"))).toBe(202);
  expect(await post(event("misfit"), Buffer.from('{"body":7}'))).toBe(202);

  const patience = { timeout: 60_000, interval: 500 };
  await expect.poll(() => idsIn("dev_chainguard_registry_pull_v1"), patience).toEqual(["posted", "spilled"]);
  await expect.poll(() => idsIn("unregistered_events"), patience).toEqual(["unknown"]);
  await expect.poll(() => idsIn("rejected_events"), patience).toEqual(["misfit"]);
}, 200_000);

test("the rollups' alarm reaches the loader with its query, through a queue that replaces its path", async () => {
  const { name, location } = stack.one("google_cloud_tasks_queue", "queue-rollup");
  const parent = tasks.queuePath(PROJECT, String(location), String(name));
  const url = "https://pullhouse-loader-123456789012.us-central1.run.app/load?rollup=1";
  const rung = new Set<string>();
  /** Not all at once: loads before and after twenty past have an alarm each, and one that is due goes off by itself. */
  const ring = async () => {
    const [set] = await tasks.listTasks({ parent });
    for (const { name: task, httpRequest } of set) {
      if (typeof task !== "string" || httpRequest?.url !== url || rung.has(task)) continue;
      rung.add(task);
      await tasks.runTask({ name: task }).catch((error: { code?: number }) => {
        if (error.code !== NOT_FOUND) throw error;
      });
    }
  };
  const patience = { timeout: 60_000, interval: 500 };
  // Rows are there before their load is booked, and what is booked later has to wait for the next hour's alarm.
  const booked = () => query("SELECT SUM(rows_inserted) AS pulls FROM loads WHERE type LIKE '%.pull.v1'");
  await expect.poll(booked, patience).toEqual([{ pulls: 2 }]);
  const requests = "SELECT day, SUM(requests) AS requests FROM daily_identities GROUP BY day";
  const counted = async () => {
    await ring();
    return query(`SELECT CAST(day AS STRING) AS day, requests FROM (${requests}) ORDER BY day`);
  };
  // Nobody says when the spilled event was received, so its day is the one that its body says.
  await expect.poll(counted, patience).toEqual([
    { day: "2025-04-23", requests: 1 },
    { day: "2026-04-23", requests: 1 },
  ]);
  const noted = async () =>
    (await query<{ day: string }>("SELECT CAST(day AS STRING) AS day FROM rolled_up")).map(({ day }) => day);
  await expect.poll(noted, patience).toEqual(expect.arrayContaining(["2025-04-23", "2026-04-23"]));
}, 200_000);

test("without Pub/Sub the receiver writes to the bucket", async () => {
  await pubsub.close();
  expect(await post(event("without-a-queue"), body)).toBe(202);
  expect(recorders.get("receiver")?.uses).toEqual([
    { permission: "storage.objects.create", object: expect.stringMatching(/^spill\//) },
  ]);
});

test("the stack grants what each service did in the bucket", () => {
  const expected = {
    receiver: ["create spill/"],
    batcher: [
      "create events/",
      "create pending/",
      "create quarantine/",
      "create trials/",
      "delete spill/",
      "delete trials/",
      "get spill/",
      "list",
    ],
    loader: [
      "create plans/",
      "create quarantine/",
      "delete pending/",
      "delete plans/",
      "get events/",
      "get pending/",
      "get plans/",
      "list",
    ],
  };
  for (const service of SERVICES) {
    const uses = recorders.get(service)?.uses ?? [];
    const short = uses.map(({ permission, object }) =>
      `${permission.replace("storage.objects.", "")} ${object?.replace(/\/.*/, "/") ?? ""}`.trim(),
    );
    expect([...new Set(short)].toSorted(), service).toEqual(expected[service]);
    const refused = uses.filter(({ permission, object }) => !isGranted(service, permission, object));
    expect(refused, service).toEqual([]);
  }
});

/** https://cloud.google.com/storage/docs/access-control/iam-roles, as far as the stack uses them. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  "roles/storage.objectCreator": ["create"],
  "roles/storage.objectViewer": ["get", "list"],
  "roles/storage.objectUser": ["create", "delete", "get", "list", "update"],
  "roles/storage.legacyBucketReader": ["list"],
};

function isGranted(service: Service, permission: string, object: string | undefined): boolean {
  const bucket = String(stack.one("google_storage_bucket", "bucket")["name"]);
  return stack.all("google_storage_bucket_iam_member").some((grant) => {
    if (!String(grant["member"]).includes(`.account-${service}.`)) return false;
    const allows =
      ROLES[String(grant["role"])]?.includes(permission.replace("storage.objects.", "")) ?? false;
    return allows && holds(grant["condition"], bucket, object);
  });
}

function holds(condition: Resource | undefined, bucket: string, object: string | undefined): boolean {
  if (condition === undefined) return true;
  // Listing is asked of the bucket, whose name has no object in it.
  const name = `projects/_/buckets/${bucket}${object === undefined ? "" : `/objects/${object}`}`;
  const expression = resolveReferences(String(condition["expression"]), stack, PROJECT);
  return [...expression.matchAll(/startsWith\("([^"]+)"\)/g)].some(([, start = ""]) =>
    name.startsWith(start),
  );
}

test("monitoring looks for lines that the services write", () => {
  const written = (["rejected", "unregistered", "rows", "quarantined", "pending-age"] as const).map(
    (name) => {
      const { lines: wanted, ...metric } = LOG_METRICS[name];
      const value = "value" in metric ? metric.value.field : undefined;
      const found = lines.some((line) =>
        wanted.some(
          (one) =>
            line["service"] === one.service &&
            line["message"] === one.message &&
            (!("type" in one) || line["type"] === one.type) &&
            (value === undefined || typeof line[value] === "number"),
        ),
      );
      return [name, found];
    },
  );
  expect(Object.fromEntries(written)).toEqual({
    rejected: true,
    unregistered: true,
    rows: true,
    quarantined: true,
    "pending-age": true,
  });
});
