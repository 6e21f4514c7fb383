/** Cloud Run: receiver in each region, batcher and loader in one. */
import { CloudRunV2Service } from "@cdktf/provider-google/lib/cloud-run-v2-service/index.js";
import { CloudRunV2ServiceIamMember } from "@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js";
import { type Context, type Grants, serviceUrl } from "./context.ts";
import type { Names, ServiceName } from "./names.ts";
import type { SecretParts } from "./secrets.ts";
import { HEAPS, sizeOf } from "./sizes.ts";
import type { Meta } from "./terms.ts";

export interface ServiceInputs {
  /** `…@sha256:…` */
  readonly image: string;
  readonly topic: string;
  readonly subscription: string;
  readonly bucket: string;
  readonly queues: Names["queues"];
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly secrets: Pick<SecretParts, "names" | "idOf">;
  /** A service that starts before it may do its work would fail its first events. */
  readonly grants: Grants;
}

export interface ServiceParts {
  /** By their regions. */
  readonly receivers: ReadonlyMap<string, CloudRunV2Service>;
  /** From here on senders can reach them. */
  readonly open: Grants;
  readonly batcher: CloudRunV2Service;
  readonly loader: CloudRunV2Service;
}

export function createServices(context: Context, inputs: ServiceInputs): ServiceParts {
  const { config } = context;
  const { stack, terms } = context;
  const made = new Map<string, CloudRunV2Service>();
  const receivers = terms.each(config.receiverRegions, "receiver", (region, id, meta) => {
    const receiver = createService(context, inputs, "receiver", { region, id, meta });
    made.set(region, receiver);
    return receiver;
  });
  // Registries sign their events, or bring a secret; Google's accounts they do not have.
  const checked = terms.either<readonly string[]>(isUnchecked(context), [], config.receiverRegions);
  const grants = terms.each(checked, "receiver", (region, id, meta) => {
    const receiver = made.get(region) ?? receivers[0];
    if (receiver === undefined) throw new Error(`there is no receiver in ${region}`);
    return new CloudRunV2ServiceIamMember(stack, `${id}-public`, {
      name: terms.attribute(receiver, "name", region),
      location: region,
      role: "roles/run.invoker",
      member: "allUsers",
      ...meta,
    });
  });
  const open: Grants = grants.length > 0 ? [...grants] : [...receivers];
  const { region } = config;
  const loader = createService(context, inputs, "loader", { region, id: "loader" });
  // Rows with a column that the loader does not know yet would go to quarantine.
  const batcher = createService(context, inputs, "batcher", { region, id: "batcher" }, [loader]);
  return { receivers: made, open, batcher, loader };
}

function createService(
  context: Context,
  inputs: ServiceInputs,
  service: ServiceName,
  { region, id, meta = {} }: { readonly region: string; readonly id: string; readonly meta?: Meta },
  after: readonly CloudRunV2Service[] = [],
): CloudRunV2Service {
  const { stack, config, names, labels, accounts, terms } = context;
  const { cpu, memory, concurrency, timeout, maxInstances, cpuIdle } = sizeOf(service, config, terms);
  const made = new CloudRunV2Service(stack, id, {
    name: names.service(service),
    location: region,
    labels,
    ingress: ingressOf(service, context),
    ...(service === "receiver"
      ? terms.given("invokerIamDisabled", terms.either(isUnchecked(context), true, undefined))
      : {}),
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
          ports: { containerPort: 8080 },
          resources: {
            limits: { cpu, memory },
            // Left out, `limits` would turn it off, and the CPU would be paid between requests, too.
            cpuIdle,
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
    ...meta,
  });
  const secrets = service === "receiver" ? inputs.secrets : { names: [], idOf: String };
  terms.environment(made, environment(context, inputs, service), secrets);
  return made;
}

/**
 * Cloud Run asks IAM about no caller, which an organisation that grants nothing to `allUsers` still permits
 * (https://cloud.google.com/run/docs/authenticating/public).
 */
function isUnchecked({ config, terms }: Context): boolean {
  return terms.is(config.publicAccess, "no-invoker-check");
}

/** Tasks and Scheduler of the same project count as internal (https://cloud.google.com/run/docs/securing/ingress). */
function ingressOf(service: ServiceName, { config, terms }: Context): string {
  if (service !== "receiver") return "INGRESS_TRAFFIC_INTERNAL_ONLY";
  return terms.either(
    terms.is(config.ingress, "all"),
    "INGRESS_TRAFFIC_ALL",
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
  );
}

/** What the service reads (docs/operate/configuration.md); PORT is Cloud Run's to set. */
function environment(
  context: Context,
  { topic, subscription, bucket, queues, dataset, stagingDataset }: ServiceInputs,
  service: ServiceName,
): Record<string, string> {
  const { config, accounts, terms } = context;
  const shared = {
    GOOGLE_CLOUD_PROJECT: config.project,
    GOOGLE_CLOUD_LOCATION: config.region,
    GCS_BUCKET: bucket,
    BATCHER_URL: serviceUrl(context, "batcher", config.region),
    LOADER_URL: serviceUrl(context, "loader", config.region),
    TASKS_QUEUE_DRAIN: queues.drain,
    TASKS_QUEUE_LOAD: queues.load,
    TASKS_QUEUE_ROLLUP: queues.rollup,
    TASKS_SERVICE_ACCOUNT: accounts.alarms.email,
    WINDOW_SECONDS: terms.text(config.windowSeconds),
  };
  const { groups } = config.chainguard;
  const own: Record<ServiceName, Record<string, string>> = {
    receiver: {
      PUBSUB_TOPIC: topic,
    },
    batcher: { PUBSUB_SUBSCRIPTION: subscription },
    loader: {
      BIGQUERY_DATASET: dataset,
      BIGQUERY_STAGING_DATASET: stagingDataset,
      BIGQUERY_LOCATION: config.datasetLocation,
    },
  };
  const { settings } = config;
  const group = terms.either<Record<string, string>>(
    terms.isAny(groups),
    { CHAINGUARD_GROUP: terms.commas(groups) },
    {},
  );
  return terms.merged(
    { ...shared, ...HEAPS[service], ...own[service] },
    ...(service === "receiver" ? [group] : []),
    settings.all,
    settings[service],
  );
}
