/** Who may do what. Everything that is not in this list is a mistake, of the stack or of the list. */
import { expect, test } from "vitest";
import { GROUP, synthesizeStack } from "#test/support/stack.ts";

const stack = synthesizeStack({ secrets: ["ZOT_TOKENS"] });
const ACCOUNTS = ["receiver", "batcher", "loader", "alarms", "build"] as const;
const BUCKET = "${google_storage_bucket.bucket.name}";

interface Grant {
  readonly member: string;
  readonly role: string;
  readonly on: string;
  readonly condition?: { readonly expression: string };
}

/** `${google_service_account.account-loader.member}` as `loader`, `service-…@gcp-sa-pubsub…` as `pubsub`. */
function shortMember(member: string): string {
  const [, account] = /google_service_account\.account-([a-z]+)\.member/.exec(member) ?? [];
  const [, agent] = /@gcp-sa-([a-z]+)\.iam/.exec(member) ?? [];
  return account ?? (agent === undefined ? member : `${agent}'s agent`);
}

function grantsOf({ resource }: typeof stack): readonly Grant[] {
  return Object.entries(resource)
    .filter(([type]) => type.endsWith("_iam_member"))
    .flatMap(([type, byName]) =>
      Object.values(byName).map((grant) => ({
        member: shortMember(grant["member"]),
        role: grant["role"].replace("roles/", ""),
        on: String(
          grant["bucket"] ??
            grant["topic"] ??
            grant["subscription"] ??
            grant["dataset_id"] ??
            grant["secret_id"] ??
            grant["service_account_id"] ??
            grant["repository"] ??
            grant["name"] ??
            `${type} ${grant["project"]}`,
        ),
        ...(grant["condition"] === undefined ? {} : { condition: grant["condition"] }),
      })),
    );
}

/** The prefixes that a condition lets through; everything without one. */
function prefixesOf({ condition }: Grant): string {
  if (condition === undefined) return "all of it";
  const parts = condition.expression.split(" || ").map((part) => {
    const [, prefix] =
      /^resource\.name\.startsWith\("projects\/_\/buckets\/\$\{google_storage_bucket\.bucket\.name\}\/objects\/([a-z-]+\/)"\)$/.exec(
        part,
      ) ?? [];
    expect(prefix, part).toBeDefined();
    return prefix;
  });
  return parts.join(" ");
}

test("each account has the roles that its work takes, where it takes them, and no other", () => {
  const lines = grantsOf(stack).map(
    (grant) => `${grant.member}: ${grant.role} on ${grant.on}, ${prefixesOf(grant)}`,
  );
  expect(lines.toSorted()).toEqual(
    [
      `receiver: pubsub.publisher on \${google_pubsub_topic.events.name}, all of it`,
      `receiver: storage.objectCreator on ${BUCKET}, spill/`,
      `receiver: cloudtasks.enqueuer on \${google_cloud_tasks_queue.queue-drain.name}, all of it`,
      `receiver: iam.serviceAccountUser on \${google_service_account.account-alarms.name}, all of it`,
      `receiver: secretmanager.secretAccessor on \${google_secret_manager_secret.secret-ZOT_TOKENS.secret_id}, all of it`,
      `batcher: pubsub.subscriber on \${google_pubsub_subscription.events-batcher.name}, all of it`,
      `batcher: storage.legacyBucketReader on ${BUCKET}, all of it`,
      `batcher: storage.objectCreator on ${BUCKET}, events/ pending/`,
      `batcher: storage.objectUser on ${BUCKET}, spill/ trials/ dead-letters/ quarantine/`,
      `batcher: cloudtasks.enqueuer on \${google_cloud_tasks_queue.queue-drain.name}, all of it`,
      `batcher: cloudtasks.enqueuer on \${google_cloud_tasks_queue.queue-load.name}, all of it`,
      `batcher: iam.serviceAccountUser on \${google_service_account.account-alarms.name}, all of it`,
      `loader: storage.legacyBucketReader on ${BUCKET}, all of it`,
      `loader: storage.objectViewer on ${BUCKET}, events/`,
      `loader: storage.objectUser on ${BUCKET}, pending/ plans/ quarantine/`,
      `loader: \${google_project_iam_custom_role.role-loader.name} on \${google_bigquery_dataset.dataset.dataset_id}, all of it`,
      `loader: bigquery.dataEditor on \${google_bigquery_dataset.staging.dataset_id}, all of it`,
      `loader: bigquery.jobUser on google_project_iam_member acme-registry-events, all of it`,
      `loader: cloudtasks.enqueuer on \${google_cloud_tasks_queue.queue-load.name}, all of it`,
      `loader: cloudtasks.enqueuer on \${google_cloud_tasks_queue.queue-rollup.name}, all of it`,
      `loader: iam.serviceAccountUser on \${google_service_account.account-alarms.name}, all of it`,
      `alarms: run.invoker on \${google_cloud_run_v2_service.batcher.name}, all of it`,
      `alarms: run.invoker on \${google_cloud_run_v2_service.loader.name}, all of it`,
      `build: artifactregistry.writer on \${google_artifact_registry_repository.images.name}, all of it`,
      `build: logging.logWriter on google_project_iam_member acme-registry-events, all of it`,
      `build: storage.objectViewer on ${BUCKET}, builds/`,
      `pubsub's agent: pubsub.publisher on \${google_pubsub_topic.dead-letters.name}, all of it`,
      `pubsub's agent: pubsub.subscriber on \${google_pubsub_subscription.events-batcher.name}, all of it`,
      `pubsub's agent: storage.legacyBucketReader on \${google_storage_bucket.dead-letter-files.name}, all of it`,
      `pubsub's agent: storage.objectCreator on \${google_storage_bucket.dead-letter-files.name}, all of it`,
      `allUsers: run.invoker on \${google_cloud_run_v2_service.receiver-us-central1.name}, all of it`,
    ].toSorted(),
  );
});

test("a locked archive has one more account, which copies and can remove nothing", () => {
  const without = new Set(grantsOf(stack).map((grant) => JSON.stringify(grant)));
  const locked = synthesizeStack({ secrets: ["ZOT_TOKENS"], retention: { lockedArchiveDays: 365 } });
  const agent = "serviceAccount:${data.google_storage_transfer_project_service_account.transfer-agent.email}";
  const archive = "${google_storage_bucket.archive.name}";
  expect(grantsOf(locked).filter((grant) => !without.has(JSON.stringify(grant)))).toEqual([
    { member: agent, role: "storage.legacyBucketReader", on: BUCKET },
    { member: agent, role: "storage.legacyBucketReader", on: archive },
    { member: agent, role: "storage.objectViewer", on: BUCKET },
    { member: agent, role: "storage.objectCreator", on: archive },
  ]);
});

test("the loader may add tables, columns and rows to the dataset of events, and drop or export no table", () => {
  expect(stack.all("google_project_iam_custom_role")).toEqual([
    expect.objectContaining({
      role_id: "pullhouse_loader",
      permissions: [
        "bigquery.tables.get",
        "bigquery.tables.create",
        "bigquery.tables.update",
        "bigquery.tables.getData",
        "bigquery.tables.updateData",
      ],
    }),
  ]);
});

test("nobody may delete or overwrite what is in the archive", () => {
  const removing = [
    "storage.objectUser",
    "storage.objectAdmin",
    "storage.admin",
    "storage.legacyBucketWriter",
    "storage.legacyBucketOwner",
  ];
  const grants = grantsOf(stack).filter(({ role }) => removing.includes(role));
  expect(grants.length).toBeGreaterThan(0);
  for (const grant of grants) expect(prefixesOf(grant).split(" ")).not.toContain("events/");
  for (const grant of grants) expect(prefixesOf(grant)).not.toBe("all of it");
});

test("only the receiver is open, and batcher and loader take calls from inside only", () => {
  const open = grantsOf(stack).filter(({ member }) => /^all(Authenticated)?Users$/.test(member));
  expect(open.map(({ on }) => on)).toEqual(["${google_cloud_run_v2_service.receiver-us-central1.name}"]);
  for (const name of ["batcher", "loader"]) {
    const service = stack.one("google_cloud_run_v2_service", name);
    expect(service["ingress"]).toBe("INGRESS_TRAFFIC_INTERNAL_ONLY");
    expect(service).not.toHaveProperty("invoker_iam_disabled");
  }
});

test("an organisation that refuses allUsers has an open receiver, and nothing else is open", () => {
  const { resource, one } = synthesizeStack({
    publicAccess: "no-invoker-check",
    chainguard: { groups: [GROUP], subscribe: true },
  });
  expect(JSON.stringify(resource)).not.toContain("allUsers");
  expect(one("google_cloud_run_v2_service", "receiver-us-central1")["invoker_iam_disabled"]).toBe(true);
  for (const name of ["batcher", "loader"])
    expect(one("google_cloud_run_v2_service", name)).not.toHaveProperty("invoker_iam_disabled");
  expect(one("chainguard_subscription", "chainguard-0")["depends_on"]).toEqual([
    "google_cloud_run_v2_service.receiver-us-central1",
  ]);
});

test("a load balancer in front closes the receiver's own address", () => {
  const { one } = synthesizeStack({ ingress: "load-balancer" });
  expect(one("google_cloud_run_v2_service", "receiver-us-central1")["ingress"]).toBe(
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
  );
});

test("every service runs as its own account", () => {
  for (const name of ["receiver-us-central1", "batcher", "loader"])
    expect(stack.one("google_cloud_run_v2_service", name)["template"].service_account).toBe(
      `\${google_service_account.account-${name.split("-")[0]}.email}`,
    );
  expect(Object.keys(stack.resource["google_service_account"] ?? {}).toSorted()).toEqual(
    ACCOUNTS.map((account) => `account-${account}`).toSorted(),
  );
});

test("no policy or binding is set as a whole: they would take away what others granted", () => {
  const types = Object.keys(stack.resource).filter((type) =>
    /_iam_(policy|binding)$|service_account_key/.test(type),
  );
  expect(types).toEqual([]);
});

test("a secret is named, and its value is nowhere in the stack", () => {
  const receiver = stack.one("google_cloud_run_v2_service", "receiver-us-central1")["template"].containers[0];
  expect(receiver.env).toContainEqual({
    name: "ZOT_TOKENS",
    value_source: {
      secret_key_ref: {
        secret: "${google_secret_manager_secret.secret-ZOT_TOKENS.secret_id}",
        version: "latest",
      },
    },
  });
  expect(stack.resource).not.toHaveProperty("google_secret_manager_secret_version");
  for (const name of ["batcher", "loader"])
    expect(JSON.stringify(stack.one("google_cloud_run_v2_service", name))).not.toContain("secret_key_ref");
});

test("secrets are kept everywhere, or where the deployment says", () => {
  const replication = (from: typeof stack) =>
    from.one("google_secret_manager_secret", "secret-ZOT_TOKENS")["replication"];
  expect(replication(stack)).toEqual({ auto: {} });
  const kept = synthesizeStack({
    secrets: ["ZOT_TOKENS"],
    secretLocations: ["europe-west1", "europe-west3"],
  });
  expect(replication(kept)).toEqual({
    user_managed: { replicas: [{ location: "europe-west1" }, { location: "europe-west3" }] },
  });
});
