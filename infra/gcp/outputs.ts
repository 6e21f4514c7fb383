/** What somebody needs after a deployment. */
import { TerraformOutput } from "cdktf";
import { stagingDatasetOf } from "../../services/shared/staging-dataset.ts";
import { type Context, serviceUrl } from "./context.ts";

/** The address that senders are told: the receiver of the first region. */
export function webhookUrl(context: Context): string {
  return serviceUrl(context, "receiver", context.config.receiverRegions[0] ?? context.config.region);
}

/** What the commands read of the services' variables (docs/configuration.md). */
function operatorVariables(context: Context, receiverUrl: string): Readonly<Record<string, string>> {
  const { config, names, accounts } = context;
  const { groups } = config.chainguard;
  return {
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
    TASKS_SERVICE_ACCOUNT: accounts.alarms.email,
    WINDOW_SECONDS: String(config.windowSeconds),
    RECEIVER_URL: receiverUrl,
    BATCHER_URL: serviceUrl(context, "batcher", config.region),
    LOADER_URL: serviceUrl(context, "loader", config.region),
    ...(groups.length === 0 ? {} : { CHAINGUARD_GROUP: groups.join(",") }),
  };
}

export function createOutputs(context: Context, image: string): void {
  const { stack, config, names } = context;
  const output = (id: string, description: string, value: unknown) => {
    // A resource may have the same name.
    new TerraformOutput(stack, `output-${id}`, { description, value }).overrideLogicalId(id);
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
  output("image", "The image that runs", image);
}
