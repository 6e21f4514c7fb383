/** What somebody needs after a deployment. */
import type { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset/index.js";
import type { CloudRunV2Service } from "@cdktf/provider-google/lib/cloud-run-v2-service/index.js";
import { TerraformOutput } from "cdktf";
import { stagingDatasetOf } from "../../services/shared/staging-dataset.ts";
import { type Context, serviceUrl } from "./context.ts";

/** The address that senders are told: the first domain once only that is open, else the receiver of the first region. */
export function webhookUrl(context: Context): string {
  const { loadBalancer, ingress } = context.config;
  const [domain] = loadBalancer?.domains ?? [];
  if (domain !== undefined && ingress === "load-balancer") return `https://${domain}`;
  return serviceUrl(context, "receiver", context.config.receiverRegions[0] ?? context.config.region);
}

/** What the commands read of the services' variables (docs/operate/configuration.md). */
export function operatorVariables(context: Context, receiverUrl: string): Readonly<Record<string, string>> {
  const { config, names, accounts, terms } = context;
  const { groups } = config.chainguard;
  const all = {
    GOOGLE_CLOUD_PROJECT: config.project,
    GOOGLE_CLOUD_LOCATION: config.region,
    GCS_BUCKET: names.bucket,
    BIGQUERY_DATASET: config.dataset,
    BIGQUERY_STAGING_DATASET: stagingDatasetOf(config.dataset),
    BIGQUERY_LOCATION: config.datasetLocation,
    PUBSUB_TOPIC: names.topic,
    PUBSUB_SUBSCRIPTION: names.subscription,
    TASKS_QUEUE_DRAIN: names.queues.drain,
    TASKS_QUEUE_LOAD: names.queues.load,
    TASKS_QUEUE_ROLLUP: names.queues.rollup,
    TASKS_SERVICE_ACCOUNT: accounts.alarms.email,
    WINDOW_SECONDS: terms.text(config.windowSeconds),
    RECEIVER_URL: receiverUrl,
    BATCHER_URL: serviceUrl(context, "batcher", config.region),
    LOADER_URL: serviceUrl(context, "loader", config.region),
  };
  const group: Record<string, string> = { CHAINGUARD_GROUP: terms.commas(groups) };
  return terms.merged(all, terms.either(terms.isAny(groups), group, {}));
}

export interface Deployed {
  readonly dataset: BigqueryDataset;
  readonly batcher: CloudRunV2Service;
}

export function createOutputs(context: Context, { dataset, batcher }: Deployed): void {
  const { stack, config, names, project } = context;
  const output = (id: string, description: string, value: unknown) => {
    // A run with targets writes only outputs that depend on one of them, and a deployment has its targets
    // (deploy/deploy.ts). The batcher is the last part of the pipeline.
    const written = new TerraformOutput(stack, `output-${id}`, { description, value });
    // CDKTF's own dependsOn of an output is an expression in "${}", which Terraform refuses there.
    written.addOverride("depends_on", [`${batcher.terraformResourceType}.${batcher.friendlyUniqueId}`]);
    // A resource may have the same name.
    written.overrideLogicalId(id);
  };
  const url = webhookUrl(context);
  output("webhook_url", "Where Chainguard posts; /zot, /msr, /harbor and /distribution are below it", url);
  output(
    "webhook_urls",
    "The receiver of each region",
    Object.fromEntries(
      config.receiverRegions.map((region) => [region, serviceUrl(context, "receiver", region)]),
    ),
  );
  output(
    "subscribe",
    "What makes Chainguard post its events here",
    config.chainguard.groups.map((group) => `chainctl events subscriptions create --parent ${group} ${url}`),
  );
  output(
    "try",
    "The last pulls",
    `bq query --use_legacy_sql=false --project_id=${config.project} 'SELECT * FROM \`${config.project}.${config.dataset}.pulls\` WHERE time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY) ORDER BY time DESC LIMIT 10'`,
  );
  const variables = Object.entries(operatorVariables(context, url)).map(
    ([name, value]) => `${name}='${value}'`,
  );
  output("environment", "By which `npx pullhouse` finds this deployment", `export ${variables.join(" ")}`);
  output("bucket", "The archive", names.bucket);
  // By which a later run recognises its state.
  output("project", "The project", project.projectId);
  output("prefix", "Of every name", config.prefix);
  output("dataset", "The dataset of events", dataset.datasetId);
  output("image", "The image that runs", batcher.template.containers.get(0).image);
}
