/** Applies the synthesised stack to the stand-ins, as far as they have what it asks for; Terraform does it on Google Cloud. */
import { BigQuery } from "@google-cloud/bigquery";
import { PubSub } from "@google-cloud/pubsub";
import { Storage } from "@google-cloud/storage";
import { v2beta3 } from "@google-cloud/tasks";
import { credentials } from "@grpc/grpc-js";
import { containerOf, resolveReferences as resolveIn } from "#infra/gcp/resolve.ts";
import type { Resource, Stack } from "./stack.ts";

export interface Endpoints {
  readonly pubsub: string;
  readonly storage: string;
  readonly bigquery: string;
  readonly tasks: string;
  /** The ports of the services, by the hosts that they have on Google Cloud. */
  readonly services: Readonly<Record<string, number>>;
}

/** What Google would know, and no synthesis can. */
const KNOWN: Readonly<Record<string, string>> = {
  "data.google_project.project.number": "123456789012",
  "var.image": `us-central1-docker.pkg.dev/acme-registry-events/pullhouse/services@sha256:${"a".repeat(64)}`,
};

/** Terraform's `${…}` replaced by what they name. @throws Error for one that names nothing */
export function resolveReferences(text: string, { resource }: Stack, project: string): string {
  return resolveIn(text, { resource, project, known: KNOWN });
}

/** The variables of a service, as its container would get them; secrets, whose values are not the stack's, left out. */
export function environmentOf(stack: Stack, service: string, project: string): Record<string, string> {
  const { resource } = stack;
  return { ...containerOf(service, { resource, project, known: KNOWN }).variables };
}

/** Topics, subscriptions, bucket, datasets, tables, views, queues. */
export async function applyStack(stack: Stack, project: string, endpoints: Endpoints): Promise<void> {
  const { resource } = JSON.parse(resolveAll(stack, project)) as Pick<Stack, "resource">;
  const all = (type: string) => Object.values(resource[type] ?? {});
  await Promise.all([
    applyPubSub(all, project, endpoints.pubsub),
    applyStorage(all, project, endpoints.storage),
    applyBigQuery(all, project, endpoints.bigquery),
    applyTasks(all, project, endpoints),
  ]);
}

function resolveAll({ resource, ...stack }: Stack, project: string): string {
  const kinds = [
    "google_pubsub_topic",
    "google_pubsub_subscription",
    "google_storage_bucket",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_cloud_tasks_queue",
  ];
  const kept = Object.fromEntries(kinds.map((kind) => [kind, resource[kind]]));
  const text = JSON.stringify({ resource: kept }, (key, value: unknown) =>
    key === "//" ? undefined : value,
  );
  return resolveReferences(text, { ...stack, resource }, project);
}

type All = (type: string) => Resource[];

async function applyPubSub(all: All, projectId: string, host: string): Promise<void> {
  const pubsub = new PubSub({ projectId, apiEndpoint: host, emulatorMode: true });
  for (const { name } of all("google_pubsub_topic")) await pubsub.createTopic(String(name));
  for (const subscription of all("google_pubsub_subscription")) {
    const letters = subscription["dead_letter_policy"];
    await pubsub.createSubscription(String(subscription["topic"]), String(subscription["name"]), {
      ackDeadlineSeconds: subscription["ack_deadline_seconds"],
      messageRetentionDuration: {
        seconds: Number.parseInt(subscription["message_retention_duration"], 10),
      },
      ...(letters === undefined
        ? {}
        : {
            deadLetterPolicy: {
              deadLetterTopic: letters.dead_letter_topic,
              maxDeliveryAttempts: letters.max_delivery_attempts,
            },
          }),
    });
  }
  await pubsub.close();
}

async function applyStorage(all: All, projectId: string, apiEndpoint: string): Promise<void> {
  for (const { name, location } of all("google_storage_bucket"))
    await new Storage({ projectId, apiEndpoint }).createBucket(String(name), { location: String(location) });
}

async function applyBigQuery(all: All, projectId: string, apiEndpoint: string): Promise<void> {
  const bigquery = new BigQuery({ projectId, apiEndpoint });
  for (const { dataset_id: id, location, default_table_expiration_ms: lifeMs } of all(
    "google_bigquery_dataset",
  ))
    await bigquery.createDataset(String(id), {
      location: String(location),
      ...(lifeMs === undefined ? {} : { defaultTableExpirationMs: String(lifeMs) }),
    });
  const tables = all("google_bigquery_table");
  const create = async (table: Resource) => {
    const { time_partitioning: time, clustering, view } = table;
    await bigquery.dataset(String(table["dataset_id"])).createTable(String(table["table_id"]), {
      ...(table["schema"] === undefined ? {} : { schema: { fields: JSON.parse(table["schema"]) } }),
      ...(time === undefined ? {} : { timePartitioning: { type: time.type, field: time.field } }),
      ...(clustering === undefined ? {} : { clustering: { fields: clustering } }),
      ...(view === undefined ? {} : { view: { query: view.query, useLegacySql: view.use_legacy_sql } }),
    });
  };
  await Promise.all(tables.filter(({ view }) => view === undefined).map(create));
  // As Terraform orders them.
  const waiting = tables.filter(({ view }) => view !== undefined);
  const made = new Set<string>();
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ depends_on: needs }) =>
      (needs as string[]).every((need) => !need.includes(".view-") || made.has(need)),
    );
    const [view] = waiting.splice(next, 1);
    if (next < 0 || view === undefined) throw new Error("the views wait for each other");
    await create(view);
    made.add(`google_bigquery_table.view-${String(view["table_id"])}`);
  }
}

/** With the target of each queue, but for the service's place: scheme, host and port are those of this machine. */
async function applyTasks(all: All, project: string, { tasks: standIn, services }: Endpoints): Promise<void> {
  const [address = "", port] = standIn.split(":");
  const tasks = new v2beta3.CloudTasksClient({
    apiEndpoint: address,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
  });
  for (const queue of all("google_cloud_tasks_queue")) {
    const { name, location, rate_limits: rates, retry_config: retry, http_target: target } = queue;
    const { uri_override: override, oidc_token: token } = target;
    const servicePort = services[override.host];
    if (servicePort === undefined) throw new Error(`no service is at ${override.host}`);
    const parent = `projects/${project}/locations/${String(location)}`;
    await tasks.createQueue({
      parent,
      queue: {
        name: `${parent}/queues/${String(name)}`,
        rateLimits: {
          maxConcurrentDispatches: rates.max_concurrent_dispatches,
          maxDispatchesPerSecond: rates.max_dispatches_per_second,
        },
        retryConfig: { maxAttempts: retry.max_attempts },
        httpTarget: {
          uriOverride: {
            scheme: "HTTP",
            host: "127.0.0.1",
            port: servicePort,
            pathOverride: override.path_override,
            uriOverrideEnforceMode: override.uri_override_enforce_mode,
          },
          oidcToken: { serviceAccountEmail: token.service_account_email, audience: token.audience },
        },
      },
    });
  }
  await tasks.close();
}
