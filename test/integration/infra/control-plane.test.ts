/** The local control plane as a client sees it: strict where Google's descriptions are, late where Google is late. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { Storage } from "@google-cloud/storage";
import { expect, test } from "vitest";
import { HANDLERS } from "#infra/local/control-plane/apis/index.ts";
import { projectNumber } from "#infra/local/control-plane/call.ts";
import { METHODS } from "#infra/local/control-plane/methods.ts";
import { startControlPlane } from "#infra/local/control-plane/start.ts";
import { type Asked, clientOf, ENABLE_APIS, PROJECT, withCloud } from "#test/support/control-plane.ts";
import {
  account,
  alertPolicy,
  bucket,
  email,
  metric,
  service,
  topic,
} from "#test/support/control-plane-requests.ts";

const HERE = `projects/${PROJECT}`;

test("every described method is answered, and no other", () => {
  expect(Object.keys(HANDLERS).toSorted()).toEqual(Object.values(METHODS).flat().toSorted());
});

test.each<[string, Asked, string]>([
  ["an unknown field", topic("events", { lables: {} }), 'Unknown name "lables": Cannot find field.'],
  [
    "a misspelt field deep down",
    service("r", { env: [{ nam: "A" }] }),
    "Unknown name \"nam\" at 'template.containers[0].env[0]'",
  ],
  ["a wrong type", topic("events", { labels: "app" }), "Invalid value at 'labels' (OBJECT), \"app\""],
  ["an unknown enum value", alertPolicy({ comparison: "GREATER" }), '(ENUM), "GREATER"'],
  ["a duration that is a number", topic("events", { messageRetentionDuration: 60 }), "(DURATION), 60"],
  [
    "an unknown query parameter",
    ["GET", `pubsub.googleapis.com/v1/${HERE}/topics?size=9`],
    'Unknown name "size": Cannot bind query parameter',
  ],
  [
    "an unknown field in a mask",
    ["PATCH", `secretmanager.googleapis.com/v1/${HERE}/secrets/s?updateMask=lables`, {}],
    "Invalid field in the update mask: lables",
  ],
])("%s is refused", async (_, asked, message) => {
  await withCloud(async ({ ask, set }) => {
    await set([
      "POST",
      `secretmanager.googleapis.com/v1/${HERE}/secrets?secretId=s`,
      { replication: { automatic: {} } },
    ]);
    const { status, body } = await ask(asked);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 400,
      status: "INVALID_ARGUMENT",
      message: expect.stringContaining(message),
    });
  });
});

test("a mask may be a query parameter as well, and a path may end in a slash", async () => {
  await withCloud(async ({ set }) => {
    await set(topic("events"), bucket("archive"));
    const changed = await set([
      "PATCH",
      `pubsub.googleapis.com/v1/${HERE}/topics/events?updateMask=labels`,
      { topic: { labels: { team: "supply-chain" } } },
    ]);
    expect(changed?.body.labels).toEqual({ team: "supply-chain" });
    await set(["GET", "storage.googleapis.com/storage/v1/b/archive/anywhereCaches/"]);
  });
});

test("a path that no described method has is not found", async () => {
  await withCloud(async ({ ask }) => {
    expect((await ask(["GET", `pubsub.googleapis.com/v1/${HERE}/topic/events`])).status).toBe(404);
    expect((await ask(["GET", `compute.googleapis.com/v1/${HERE}/zones`])).status).toBe(404);
  });
});

test("a disabled API is refused with Google's ErrorInfo, until it is enabled", async () => {
  await withCloud(
    async ({ ask, set }) => {
      const refused = await ask(topic("events"));
      expect(refused.status).toBe(403);
      expect(refused.body.error).toMatchObject({
        status: "PERMISSION_DENIED",
        message: expect.stringMatching(
          /^Cloud Pub\/Sub API has not been used in project \d+ before or it is disabled/,
        ),
        errors: [{ reason: "accessNotConfigured" }],
      });
      expect(refused.body.error.details).toContainEqual({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "SERVICE_DISABLED",
        domain: "googleapis.com",
        metadata: { service: "pubsub.googleapis.com", consumer: `projects/${projectNumber(PROJECT)}` },
      });
      await set(ENABLE_APIS, topic("events"));
    },
    { isBare: true },
  );
});

const agent = `serviceAccount:service-${projectNumber(PROJECT)}@gcp-sa-pubsub.iam.gserviceaccount.com`;
const storesIn = (name: string): Asked => [
  "PUT",
  `pubsub.googleapis.com/v1/${HERE}/subscriptions/dead-letters`,
  { topic: `${HERE}/topics/events`, ackDeadlineSeconds: 300, cloudStorageConfig: { bucket: name } },
];
const agentMayWrite: Asked = [
  "PUT",
  "storage.googleapis.com/storage/v1/b/letters/iam",
  {
    bindings: ["legacyBucketReader", "objectCreator"].map((role) => ({
      role: `roles/storage.${role}`,
      members: [agent],
    })),
  },
];
const readsProject: Asked = [
  "POST",
  `cloudresourcemanager.googleapis.com/v1/${HERE}:setIamPolicy`,
  { policy: { bindings: [{ role: "roles/viewer", members: [`serviceAccount:${email("loader")}`] }] } },
];
const countsRejected = alertPolicy({
  filter: 'metric.type="logging.googleapis.com/user/rejected" AND resource.type="cloud_run_revision"',
});

/** What each kind of thing is needed for, and what it takes before. */
const LATE: readonly { kind: string; given: readonly Asked[]; needs: Asked; refusal: number }[] = [
  { kind: "apis", given: [ENABLE_APIS], needs: topic("events"), refusal: 403 },
  { kind: "serviceAccounts", given: [ENABLE_APIS, account("loader")], needs: readsProject, refusal: 400 },
  { kind: "logMetrics", given: [metric("rejected")], needs: countsRejected, refusal: 404 },
  {
    kind: "grants",
    given: [ENABLE_APIS, topic("events"), bucket("letters"), agentMayWrite],
    needs: storesIn("letters"),
    refusal: 400,
  },
];

test.each(LATE)(
  "$kind can be seen after as many requests as were asked for",
  async ({ kind, given, needs, refusal }) => {
    await withCloud(
      async ({ ask, set }) => {
        await set(...given);
        expect((await ask(needs)).status).toBe(refusal);
        expect((await ask(needs)).status).toBe(refusal);
        expect((await ask(needs)).status).toBe(200);
      },
      { isBare: true, delays: { [kind]: { requests: 2 } } },
    );
  },
);

test.each(LATE)("$kind can be seen once their time has passed", async ({ kind, given, needs, refusal }) => {
  let nowMs = Date.UTC(2026, 0, 1);
  await withCloud(
    async ({ ask, set }) => {
      await set(...given);
      nowMs += 119_999;
      expect((await ask(needs)).status).toBe(refusal);
      nowMs += 1;
      expect((await ask(needs)).status).toBe(200);
    },
    { isBare: true, delays: { [kind]: { ms: 120_000 } }, nowMs: () => nowMs },
  );
});

test("an operation is done after as many requests as were asked for", async () => {
  await withCloud(
    async ({ set }) => {
      const started = await set(service("receiver"));
      const poll: Asked = ["GET", `run.googleapis.com/v2/${started?.body.name}`];
      expect(started?.body.done).toBeUndefined();
      expect((await set(poll))?.body.done).toBeUndefined();
      expect((await set(poll))?.body).toMatchObject({ done: true, response: { launchStage: "GA" } });
    },
    { delays: { operations: { requests: 2 } } },
  );
});

test("zero values are dropped and defaults are filled in, as in JSON of proto3", async () => {
  await withCloud(async ({ set }) => {
    const tile = { xPos: 0, yPos: 0, width: 4, height: 4, widget: { title: "", text: { content: "x" } } };
    const dashboard = await set([
      "POST",
      `monitoring.googleapis.com/v1/${HERE}/dashboards`,
      { displayName: "pullhouse", mosaicLayout: { columns: 12, tiles: [tile] } },
    ]);
    expect(dashboard?.body.mosaicLayout.tiles).toEqual([
      { width: 4, height: 4, widget: { text: { content: "x" } } },
    ]);
    const policy = await set(alertPolicy({}, { enabled: false }));
    expect(policy?.body.enabled).toBe(false);
    await set(topic("events"));
    const subscription = await set([
      "PUT",
      `pubsub.googleapis.com/v1/${HERE}/subscriptions/batcher`,
      { topic: `${HERE}/topics/events`, expirationPolicy: {}, retainAckedMessages: false },
    ]);
    expect(subscription?.body).toMatchObject({
      ackDeadlineSeconds: 10,
      messageRetentionDuration: "604800s",
      expirationPolicy: {},
    });
    expect(subscription?.body).not.toHaveProperty("retainAckedMessages");
  });
});

test("a deleted account's grants do not count for a new one of the same address", async () => {
  await withCloud(async ({ set }) => {
    const created = await set(account("loader"));
    await set(
      readsProject,
      ["DELETE", `iam.googleapis.com/v1/${HERE}/serviceAccounts/${email("loader")}`],
      account("loader"),
    );
    const policy = await set(["POST", `cloudresourcemanager.googleapis.com/v1/${HERE}:getIamPolicy`, {}]);
    expect(policy?.body.bindings[0].members).toEqual([
      `deleted:serviceAccount:${email("loader")}?uid=${created?.body.uniqueId}`,
    ]);
  });
});

test("the project's number stands for its id", async () => {
  await withCloud(async ({ set }) => {
    await set(topic("events"));
    const byNumber = await set([
      "GET",
      `pubsub.googleapis.com/v1/projects/${projectNumber(PROJECT)}/topics/events`,
    ]);
    expect(byNumber?.body.name).toBe(`${HERE}/topics/events`);
  });
});

test("a domain's project is one as well", async () => {
  await withCloud(
    async ({ set }) => {
      const project = "example.com:registry";
      await set([
        "POST",
        `serviceusage.googleapis.com/v1/projects/${project}/services/iam.googleapis.com:enable`,
        {},
      ]);
      const created = await set([
        "POST",
        `iam.googleapis.com/v1/projects/${project}/serviceAccounts`,
        { accountId: "loader", serviceAccount: {} },
      ]);
      expect(created?.body.email).toBe("loader@registry.example.com.iam.gserviceaccount.com");
    },
    { isBare: true },
  );
});

test("what was created is there after a restart", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-control-plane-"));
  try {
    const before = await startControlPlane({ port: 0, stateDir });
    await clientOf(before).set(ENABLE_APIS, topic("events"));
    await before.close();
    const after = await startControlPlane({ port: 0, stateDir });
    const found = await clientOf(after).ask(["GET", `pubsub.googleapis.com/v1/${HERE}/topics/events`]);
    await after.close();
    expect(found.status).toBe(200);
  } finally {
    rmSync(stateDir, { recursive: true });
  }
});

test("Google's own clients can use it", async () => {
  await withCloud(async ({ url }) => {
    const storage = new Storage({ projectId: PROJECT, apiEndpoint: `${url}/storage.googleapis.com` });
    const [made] = await storage.createBucket("acme-archive", { location: "EU" });
    expect(made.metadata).toMatchObject({ location: "EU", locationType: "multi-region" });
    await expect(storage.createBucket("acme-archive")).rejects.toMatchObject({ code: 409 });

    const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `${url}/bigquery.googleapis.com` });
    const [dataset] = await bigquery.createDataset("events", { location: "EU" });
    await dataset.createTable("loads", { schema: [{ name: "id", type: "INT64" }] });
    await expect(dataset.delete()).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining("still in use"),
    });
    await dataset.delete({ force: true });
    expect(await dataset.exists()).toEqual([false]);
  });
});
