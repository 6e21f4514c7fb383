/** Cloud Run: receiver in each region, batcher and loader in one. */
import {
  CloudRunV2Service,
  type CloudRunV2ServiceTemplateContainersEnv,
} from "@cdktf/provider-google/lib/cloud-run-v2-service/index.js";
import { CloudRunV2ServiceIamMember } from "@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js";
import type { DeployConfig } from "./config.ts";
import { type Context, type Grants, serviceUrl } from "./context.ts";
import type { ServiceName } from "./names.ts";
import type { SecretParts } from "./secrets.ts";
import { HEAPS, sizeOf } from "./sizes.ts";

export interface ServiceInputs {
  /** `…@sha256:…` */
  readonly image: string;
  readonly topic: string;
  readonly subscription: string;
  readonly bucket: string;
  readonly queues: { readonly drain: string; readonly load: string };
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly secrets: SecretParts["secrets"];
  /** A service that starts before it may do its work would fail its first events. */
  readonly grants: Grants;
}

export interface ServiceParts {
  readonly receivers: ReadonlyMap<string, CloudRunV2Service>;
  /** From here on senders can reach them. */
  readonly open: Grants;
  readonly batcher: CloudRunV2Service;
  readonly loader: CloudRunV2Service;
}

export function createServices(context: Context, inputs: ServiceInputs): ServiceParts {
  const { config } = context;
  const receivers = new Map(
    config.receiverRegions.map((region) => [region, createService(context, inputs, "receiver", region)]),
  );
  // Registries sign their events, or bring a secret; Google's accounts they do not have.
  const open = [...receivers].map(([region, receiver]) =>
    isUnchecked("receiver", config)
      ? receiver
      : new CloudRunV2ServiceIamMember(context.stack, `receiver-${region}-public`, {
          name: receiver.name,
          location: region,
          role: "roles/run.invoker",
          member: "allUsers",
        }),
  );
  const loader = createService(context, inputs, "loader", config.region);
  // Rows with a column that the loader does not know yet would go to quarantine.
  const batcher = createService(context, inputs, "batcher", config.region, [loader]);
  return { receivers, open, batcher, loader };
}

function createService(
  context: Context,
  inputs: ServiceInputs,
  service: ServiceName,
  region: string,
  after: readonly CloudRunV2Service[] = [],
): CloudRunV2Service {
  const { stack, config, names, labels, accounts } = context;
  const { cpu, memory, concurrency, timeout, maxInstances } = sizeOf(service, config.maxReceivers);
  return new CloudRunV2Service(stack, service === "receiver" ? `receiver-${region}` : service, {
    name: names.service(service),
    location: region,
    labels,
    ingress: ingressOf(service, config.ingress),
    ...(isUnchecked(service, config) ? { invokerIamDisabled: true } : {}),
    // Nothing is lost with a service: events wait in Pub/Sub and in the bucket.
    deletionProtection: false,
    template: {
      labels,
      serviceAccount: accounts[service].email,
      timeout,
      maxInstanceRequestConcurrency: concurrency,
      // The second generation takes a whole CPU; the first starts faster and does all that Node needs.
      executionEnvironment: "EXECUTION_ENVIRONMENT_GEN1",
      scaling: { minInstanceCount: 0, maxInstanceCount: maxInstances },
      containers: [
        {
          image: inputs.image,
          args: [`${service}/main.js`],
          env: [...environment(context, inputs, service), ...secretEnvironment(inputs, service)],
          ports: { containerPort: 8080 },
          resources: {
            limits: { cpu, memory },
            // Left out, `limits` would turn it off, and the CPU would be paid between requests, too.
            cpuIdle: true,
            startupCpuBoost: true,
          },
          // Cloud Run's own default, one attempt that waits for the port
          // (https://cloud.google.com/run/docs/configuring/healthchecks#tcp-startup-probe). One that is repeated has a
          // second at least between two tries, several times a start. What listens has judged its settings.
          startupProbe: {
            tcpSocket: { port: 8080 },
            periodSeconds: 240,
            timeoutSeconds: 240,
            failureThreshold: 1,
          },
          livenessProbe: {
            httpGet: { path: "/health", port: 8080 },
            periodSeconds: 30,
            timeoutSeconds: 5,
            failureThreshold: 3,
          },
        },
      ],
    },
    dependsOn: [...inputs.grants, ...after],
  });
}

/**
 * Cloud Run asks IAM about no caller, which an organisation that grants nothing to `allUsers` still permits
 * (https://cloud.google.com/run/docs/authenticating/public).
 */
function isUnchecked(service: ServiceName, { publicAccess }: DeployConfig): boolean {
  return service === "receiver" && publicAccess === "no-invoker-check";
}

/** Tasks and Scheduler of the same project count as internal (https://cloud.google.com/run/docs/securing/ingress). */
function ingressOf(service: ServiceName, receivers: "all" | "load-balancer"): string {
  if (service !== "receiver") return "INGRESS_TRAFFIC_INTERNAL_ONLY";
  return receivers === "all" ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER";
}

/** What the service reads (docs/configuration.md); PORT is Cloud Run's to set. */
function environment(
  context: Context,
  { topic, subscription, bucket, queues, dataset, stagingDataset }: ServiceInputs,
  service: ServiceName,
): CloudRunV2ServiceTemplateContainersEnv[] {
  const { config, accounts } = context;
  const shared = {
    GOOGLE_CLOUD_PROJECT: config.project,
    GOOGLE_CLOUD_LOCATION: config.region,
    GCS_BUCKET: bucket,
    BATCHER_URL: serviceUrl(context, "batcher", config.region),
    LOADER_URL: serviceUrl(context, "loader", config.region),
    TASKS_QUEUE_DRAIN: queues.drain,
    TASKS_QUEUE_LOAD: queues.load,
    TASKS_SERVICE_ACCOUNT: accounts.alarms.email,
    WINDOW_SECONDS: String(config.windowSeconds),
  };
  const { groups } = config.chainguard;
  const own: Record<ServiceName, Record<string, string>> = {
    receiver: { PUBSUB_TOPIC: topic, ...(groups.length === 0 ? {} : { CHAINGUARD_GROUP: groups.join(",") }) },
    batcher: { PUBSUB_SUBSCRIPTION: subscription },
    loader: {
      BIGQUERY_DATASET: dataset,
      BIGQUERY_STAGING_DATASET: stagingDataset,
      BIGQUERY_LOCATION: config.datasetLocation,
    },
  };
  const { settings } = config;
  const all = { ...shared, ...HEAPS[service], ...own[service], ...settings.all, ...settings[service] };
  return Object.entries(all)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

function secretEnvironment(
  { secrets }: ServiceInputs,
  service: ServiceName,
): CloudRunV2ServiceTemplateContainersEnv[] {
  if (service !== "receiver") return [];
  return [...secrets].map(([name, secret]) => ({
    name,
    valueSource: { secretKeyRef: { secret: secret.secretId, version: "latest" } },
  }));
}
