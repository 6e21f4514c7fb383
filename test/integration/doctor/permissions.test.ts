/** `pullhouse doctor --only permissions` against servers that, unlike the stand-ins, know what somebody may do. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fromJSON } from "@grpc/proto-loader";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GrpcServer, serveGrpc } from "#infra/local/grpc/grpc-server.ts";
import { implementation } from "#infra/local/grpc/grpc-service.ts";
import { StatusError } from "#infra/local/grpc/status-error.ts";
import { pullhouse } from "../cli/run-command.ts";

/** What is withheld: a permission by its name, or any question with a refusal. */
let withheld: readonly string[] = [];
let isForbidden = false;
const asked: string[] = [];
let rest: Server;
let grpc: GrpcServer;

const grantedOf = (permissions: readonly string[]) => permissions.filter((one) => !withheld.includes(one));

/** https://cloud.google.com/storage/docs/json_api/v1/buckets/testIamPermissions and the same of BigQuery's tables. */
function answerRest(url: URL, body: string): { status: number; body: object } {
  asked.push(url.pathname);
  if (isForbidden) return { status: 403, body: { error: { code: 403, message: "not you" } } };
  const { permissions = url.searchParams.getAll("permissions") } = (body === "" ? {} : JSON.parse(body)) as {
    permissions?: readonly string[];
  };
  return { status: 200, body: { permissions: grantedOf(permissions) } };
}

/** Of google.iam.v1, as Pub/Sub has it for its service of its own and Cloud Tasks among its methods. */
function TestIamPermissions({ resource, permissions }: { resource: string; permissions: string[] }) {
  asked.push(resource);
  if (isForbidden) throw new StatusError("PERMISSION_DENIED", "not you");
  return { permissions: grantedOf(permissions) };
}

beforeAll(async () => {
  rest = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "", "http://127.0.0.1");
      const { status, body } = answerRest(url, Buffer.concat(chunks).toString());
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => rest.listen(0, "127.0.0.1", resolve));
  // The descriptor of Google's client for Cloud Tasks has both services.
  const path = join(
    createRequire(import.meta.url).resolve("@google-cloud/tasks"),
    "../../../protos/protos.json",
  );
  const definitions = fromJSON(JSON.parse(readFileSync(path, "utf8")) as Parameters<typeof fromJSON>[0]);
  const services = ["google.cloud.tasks.v2.CloudTasks", "google.iam.v1.IAMPolicy"].map((name) => {
    const definition = definitions[name] as Parameters<typeof implementation>[0];
    return { definition, implementation: implementation(definition, { TestIamPermissions }) };
  });
  grpc = await serveGrpc(services, 0);
});

afterAll(async () => {
  await grpc.stop();
  await new Promise((resolve) => rest.close(resolve));
});

async function doctor() {
  const restUrl = `http://127.0.0.1:${(rest.address() as AddressInfo).port}`;
  const host = `127.0.0.1:${grpc.port}`;
  const env = {
    GOOGLE_CLOUD_PROJECT: "guarded",
    GCS_BUCKET: "guarded-bucket",
    STORAGE_EMULATOR_HOST: restUrl,
    BIGQUERY_EMULATOR_HOST: restUrl,
    PUBSUB_EMULATOR_HOST: host,
    CLOUD_TASKS_EMULATOR_HOST: host,
  };
  const { status, out, error } = await pullhouse(["doctor", "--only", "permissions", "--json"], env);
  expect(error).toBe("");
  const { findings } = JSON.parse(out) as {
    findings: readonly { verdict: string; what: string; found: string; advice?: string }[];
  };
  return { status, findings };
}

test("what is granted is ok, and every resource is asked for", async () => {
  asked.length = 0;
  const { status, findings } = await doctor();
  expect(status).toBe(0);
  expect(findings.map(({ verdict, what }) => `${verdict} ${what}`)).toEqual([
    "ok bucket guarded-bucket",
    "ok topic pullhouse-events",
    "ok subscription pullhouse-events-dead-letters",
    "ok queue pullhouse-drain",
    "ok queue pullhouse-load",
    "ok queue pullhouse-rollup",
    "ok dataset cloudevents_pull_event_recorder",
  ]);
  expect(asked.toSorted()).toEqual(
    [
      "/b/guarded-bucket/iam/testPermissions",
      "/projects/guarded/datasets/cloudevents_pull_event_recorder/tables/loads:testIamPermissions",
      "projects/guarded/locations/us-central1/queues/pullhouse-drain",
      "projects/guarded/locations/us-central1/queues/pullhouse-load",
      "projects/guarded/locations/us-central1/queues/pullhouse-rollup",
      "projects/guarded/subscriptions/pullhouse-events-dead-letters",
      "projects/guarded/topics/pullhouse-events",
    ].toSorted(),
  );
});

test("what is lacking is named, with what it is needed for and a role that has it", async () => {
  withheld = ["storage.objects.delete", "pubsub.topics.publish", "bigquery.tables.getData"];
  const { status, findings } = await doctor();
  expect(status).toBe(0);
  expect(findings.filter(({ verdict }) => verdict === "look")).toEqual([
    expect.objectContaining({
      what: "bucket guarded-bucket",
      found: "you lack storage.objects.delete, which is needed for dead-letters, forget",
      advice: "roles/storage.objectUser has it",
    }),
    expect.objectContaining({ what: "topic pullhouse-events", advice: "roles/pubsub.publisher has it" }),
    expect.objectContaining({ what: "dataset cloudevents_pull_event_recorder" }),
  ]);
  withheld = [];
});

test("who may not even ask is told so, and nothing is ok", async () => {
  isForbidden = true;
  const { status, findings } = await doctor();
  expect(status).toBe(2);
  expect(findings).toHaveLength(7);
  for (const finding of findings)
    expect(finding).toMatchObject({ verdict: "unknown", advice: expect.stringContaining("lack the right") });
});
