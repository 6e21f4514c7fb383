/** What receiver and batcher take for granted of Pub/Sub. */
import type { Clock } from "#services/shared/clock.ts";
import { type Api, read } from "../api.ts";
import { type Assumption, type Evidence, failed, heldIf, untold } from "../assumption.ts";
import { timeSeries } from "../monitoring.ts";

const product = "Pub/Sub";
const NO_REST = "the emulator has neither REST nor subscriptions that write to Cloud Storage";

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
interface Subscription {
  readonly expirationPolicy?: { readonly ttl?: string };
  readonly messageRetentionDuration?: string;
  readonly cloudStorageConfig?: {
    readonly bucket?: string;
    readonly filenamePrefix?: string;
    readonly state?: string;
  };
}

function subscriptionOf({ deployment }: Evidence, name: string): Promise<Subscription> {
  const project = deployment.env["GOOGLE_CLOUD_PROJECT"] as string;
  return read(deployment.api, "pubsub", { path: `/projects/${project}/subscriptions/${name}` });
}

const deadLettersOf = ({ deployment }: Evidence) =>
  `${deployment.env["PUBSUB_TOPIC"] as string}-dead-letters`;

const exportActive: Assumption = {
  id: "dead-letter-export-is-active",
  product,
  statement:
    "The subscription that writes dead letters to Cloud Storage is ACTIVE: Pub/Sub's agent may write to their bucket.",
  source: "https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription",
  onlyGoogle: NO_REST,
  async check(evidence) {
    const { cloudStorageConfig } = await subscriptionOf(evidence, deadLettersOf(evidence));
    return heldIf(
      cloudStorageConfig?.state === "ACTIVE",
      `its state is ${cloudStorageConfig?.state ?? "missing"}`,
    );
  },
};

/** A file is closed after five minutes (infra/gcp/queue.ts). */
const FILE_WITHIN_MS = 420_000;
const POLL_MS = 15_000;

const exportWrites: Assumption = {
  id: "dead-letter-becomes-a-file",
  product,
  statement: "A dead letter is an Avro file in Cloud Storage within seven minutes.",
  source: "https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription",
  onlyGoogle: NO_REST,
  async check(evidence) {
    const { deployment, clock } = evidence;
    const { cloudStorageConfig } = await subscriptionOf(evidence, deadLettersOf(evidence));
    const { bucket, filenamePrefix: prefix = "" } = cloudStorageConfig ?? {};
    if (bucket === undefined) return failed("the subscription of dead letters names no bucket");
    const project = deployment.env["GOOGLE_CLOUD_PROJECT"] as string;
    const startedAt = clock.now();
    await read(deployment.api, "pubsub", {
      method: "POST",
      path: `/projects/${project}/topics/${deadLettersOf(evidence)}:publish`,
      body: {
        messages: [{ data: Buffer.from("{}").toString("base64"), attributes: { "ce-id": "acceptance" } }],
      },
    });
    const name = await firstFile({ api: deployment.api, bucket, prefix }, clock);
    const seconds = Math.round((clock.now() - startedAt) / 1000);
    return name === undefined
      ? failed(`no file in gs://${bucket}/${prefix} after ${seconds} s`)
      : heldIf(name.endsWith(".avro"), `${name} after ${seconds} s`);
  },
};

async function firstFile(
  { api, bucket, prefix }: { readonly api: Api; readonly bucket: string; readonly prefix: string },
  clock: Clock,
): Promise<string | undefined> {
  const until = clock.now() + FILE_WITHIN_MS;
  while (clock.now() < until) {
    const { items = [] } = await read<{ items?: readonly { name: string }[] }>(api, "storage", {
      path: `/storage/v1/b/${bucket}/o`,
      query: { prefix },
    });
    if (items[0] !== undefined) return items[0].name;
    await clock.sleep(POLL_MS);
  }
  return undefined;
}

const neverExpires: Assumption = {
  id: "subscription-never-expires",
  product,
  statement: "An empty ttl means that the subscription never expires, and messages are kept for 31 days.",
  source: "https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions#ExpirationPolicy",
  onlyGoogle: NO_REST,
  async check(evidence) {
    const name = evidence.deployment.env["PUBSUB_SUBSCRIPTION"] as string;
    const { expirationPolicy, messageRetentionDuration } = await subscriptionOf(evidence, name);
    const isEver = expirationPolicy !== undefined && expirationPolicy.ttl === undefined;
    return heldIf(
      isEver && messageRetentionDuration === "2678400s",
      `ttl ${expirationPolicy?.ttl ?? "none"}, retention ${messageRetentionDuration ?? "none"}`,
    );
  },
};

const backlog: Assumption = {
  id: "backlog-has-a-figure",
  product,
  statement:
    "Cloud Monitoring has num_undelivered_messages of the subscription, by the label subscription_id.",
  source: "https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub",
  async check({ deployment, observed, clock }) {
    const subscription = deployment.env["PUBSUB_SUBSCRIPTION"] as string;
    const filter = `metric.type = "pubsub.googleapis.com/subscription/num_undelivered_messages" AND resource.labels.subscription_id = "${subscription}"`;
    const project = deployment.env["GOOGLE_CLOUD_PROJECT"] as string;
    const series = await timeSeries(deployment.api, project, filter, {
      from: observed.startedAt,
      until: clock.now(),
    });
    return heldIf(
      series.length === 1 && series.every(({ count }) => count > 0),
      `${series.length} time series`,
    );
  },
};

const lease: Assumption = {
  id: "leases-come-back",
  product,
  statement: "What a killed batcher held is delivered again after its ack deadline.",
  source: "https://cloud.google.com/pubsub/docs/lease-management",
  async check({ deployment, observed }) {
    const { disturbed, kills } = observed;
    const batchers = kills.filter(({ service }) => service === "batcher").length;
    if (disturbed === undefined || batchers === 0)
      return untold("no batcher was killed, or rows are missing");
    return heldIf(
      disturbed.p99 <= deployment.patienceMs,
      `${batchers} batchers killed; the slowest events had their rows after ${(disturbed.p99 / 1000).toFixed(1)} s`,
    );
  },
};

export const PUBSUB: readonly Assumption[] = [exportActive, exportWrites, neverExpires, backlog, lease];
