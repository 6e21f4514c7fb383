/** The whole of Pullhouse in one project, in the order in which it comes to be. */
import { GoogleProvider } from "@cdktf/provider-google/lib/provider/index.js";
import { type App, TerraformStack } from "cdktf";
import type { TableSpec } from "../../services/shared/ports.ts";
import type { View } from "../../services/shared/schema/views.ts";
import { createAlarms, createSafetyNet } from "./alarms.ts";
import { createLockedArchive } from "./archive.ts";
import { createBucket } from "./bucket.ts";
import { createSubscriptions } from "./chainguard.ts";
import type { DeployConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { createImages } from "./images.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { createAlerts } from "./monitoring/alerts.ts";
import { createDashboard } from "./monitoring/dashboard.ts";
import { createLogAlerts } from "./monitoring/log-alerts.ts";
import { excludeRequestLogs } from "./monitoring/log-exclusion.ts";
import { createLogMetrics } from "./monitoring/log-metrics.ts";
import { namesOf } from "./names.ts";
import { createOutputs, webhookUrl } from "./outputs.ts";
import { createAccounts, enableApis, pubsubAgentOf, readProject } from "./project.ts";
import { createQueue } from "./queue.ts";
import { createSecrets } from "./secrets.ts";
import { createServices, type ServiceParts } from "./services.ts";
import { chooseBackend } from "./state.ts";
import { type Terms, values } from "./terms.ts";
import { createWarehouse, type MakeTables, tablesOf, type WarehouseParts } from "./warehouse.ts";

export const STACK = "pullhouse";

export function createStack(
  app: App,
  config: DeployConfig,
  tables: readonly TableSpec[],
  views: readonly View[],
): TerraformStack {
  const stack = new TerraformStack(app, STACK);
  chooseBackend(stack, config);
  new GoogleProvider(stack, "google", {
    project: config.project,
    region: config.region,
    // Some APIs ask who pays for a request, which a user's own credentials do not say.
    userProjectOverride: true,
    billingProject: config.project,
  });
  const { context, warehouse, services } = createPipeline(stack, config, values, tablesOf(tables, views));
  createLoadBalancer(context, services);
  createSubscriptions(context, webhookUrl(context), services.open);
  createOutputs(context, { dataset: warehouse.dataset, batcher: services.batcher });
  return stack;
}

export interface Pipeline {
  readonly context: Context;
  readonly warehouse: WarehouseParts;
  readonly services: ServiceParts;
}

/** What `make deploy` and the module have in common; a module's caller has a load balancer of their own. */
export function createPipeline(
  stack: TerraformStack,
  config: DeployConfig,
  terms: Terms,
  makeTables: MakeTables,
): Pipeline {
  const names = namesOf(config, terms);
  const apis = enableApis(stack, config, terms);
  const project = readProject(stack, config, apis);
  const context: Context = {
    stack,
    config,
    terms,
    names,
    labels: terms.merged({ app: config.prefix }, config.labels),
    apis,
    project,
    accounts: createAccounts(stack, config, names, apis),
    pubsubAgent: pubsubAgentOf(project, apis),
  };

  const { image, ...images } = createImages(context);
  const { bucket, buildMayRead, ...store } = createBucket(context);
  const queue = createQueue(context, createDeadLetters(context));
  const warehouse = createWarehouse(context, makeTables);
  const secrets = createSecrets(context);
  const alarms = createAlarms(context);
  const services = createServices(context, {
    image: image.stringValue,
    topic: queue.topic.name,
    subscription: queue.subscription.name,
    bucket: bucket.name,
    queues: {
      drain: alarms.queues.drain.name,
      load: alarms.queues.load.name,
      rollup: alarms.queues.rollup.name,
    },
    dataset: warehouse.dataset.datasetId,
    stagingDataset: warehouse.staging.datasetId,
    secrets,
    grants: [
      ...images.grants,
      ...buildMayRead,
      ...store.grants,
      ...queue.grants,
      ...warehouse.grants,
      ...warehouse.tables,
      ...secrets.grants,
      // An upgrade may bring a queue, without which a loader that asks for it would fail its rounds.
      ...Object.values(alarms.queues),
      ...alarms.grants,
    ],
  });
  createSafetyNet(context, services);
  createLockedArchive(context, bucket);
  excludeRequestLogs(context);
  const metrics = createLogMetrics(context);
  createAlerts(context, metrics);
  createLogAlerts(context);
  createDashboard(context, metrics);
  return { context, warehouse, services };
}
