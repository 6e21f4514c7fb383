/** The whole of Pullhouse in one project, in the order in which it comes to be. */
import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { type App, GcsBackend, LocalBackend, TerraformStack } from "cdktf";
import { type Registry } from "../../services/shared/schema/registry.ts";
import type { View } from "../../services/shared/schema/views.ts";
import { createAlarms, createSafetyNet } from "./alarms.ts";
import { createLockedArchive } from "./archive.ts";
import { createBucket } from "./bucket.ts";
import { createSubscriptions } from "./chainguard.ts";
import type { DeployConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { createImages } from "./images.ts";
import { createAlerts } from "./monitoring/alerts.ts";
import { createDashboard } from "./monitoring/dashboard.ts";
import { excludeRequestLogs } from "./monitoring/log-exclusion.ts";
import { createLogMetrics } from "./monitoring/log-metrics.ts";
import { namesOf } from "./names.ts";
import { createOutputs, webhookUrl } from "./outputs.ts";
import { createAccounts, enableApis, readProject } from "./project.ts";
import { createQueue } from "./queue.ts";
import { createSecrets } from "./secrets.ts";
import { createPubSubAgent } from "./service-agents.ts";
import { createServices } from "./services.ts";
import { createWarehouse } from "./warehouse.ts";

export const STACK = "pullhouse";

export function createStack(
  app: App,
  config: DeployConfig,
  registry: Registry,
  views: readonly View[],
): TerraformStack {
  const stack = new TerraformStack(app, STACK);
  const labels = { app: config.prefix, ...config.labels };
  chooseBackend(stack, config);
  new GoogleProvider(stack, "google", {
    project: config.project,
    region: config.region,
    // Some APIs ask who pays for a request, which a user's own credentials do not say.
    userProjectOverride: true,
    billingProject: config.project,
  });

  const names = namesOf(config);
  const apis = enableApis(stack, config);
  const project = readProject(stack, config, apis);
  const context: Context = {
    stack,
    config,
    names,
    labels,
    apis,
    project,
    accounts: createAccounts(stack, config, names, apis),
    pubsubAgent: createPubSubAgent(stack, config, project, apis),
  };

  const { image, ...images } = createImages(context);
  const { bucket, agentMayWrite, buildMayRead, ...store } = createBucket(context);
  const queue = createQueue(context, bucket, agentMayWrite);
  const warehouse = createWarehouse(context, registry, views);
  const secrets = createSecrets(context);
  const alarms = createAlarms(context);
  const services = createServices(context, {
    image: image.stringValue,
    topic: queue.topic.name,
    subscription: queue.subscription.name,
    bucket: bucket.name,
    queues: { drain: alarms.queues.drain.name, load: alarms.queues.load.name },
    dataset: warehouse.dataset.datasetId,
    stagingDataset: warehouse.staging.datasetId,
    secrets: secrets.secrets,
    grants: [
      ...images.grants,
      ...buildMayRead,
      ...store.grants,
      ...queue.grants,
      ...warehouse.grants,
      ...warehouse.tables,
      ...secrets.grants,
      ...alarms.grants,
    ],
  });
  createSafetyNet(context, services);
  createLockedArchive(context, bucket);
  excludeRequestLogs(context);
  const metrics = createLogMetrics(context);
  createAlerts(context, metrics);
  createDashboard(context, metrics);
  createSubscriptions(context, webhookUrl(context), services.open);
  createOutputs(context, image.stringValue);
  return stack;
}

/** Terraform's own default is a path of this machine; without a bucket, the state is a file in the checkout. */
function chooseBackend(stack: TerraformStack, { state }: DeployConfig): void {
  if (state === undefined) new LocalBackend(stack, { path: "../../../pullhouse.tfstate" });
  else new GcsBackend(stack, { bucket: state.bucket, prefix: state.prefix });
}
