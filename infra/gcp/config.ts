/** What a deployment can decide: `pullhouse.config.json`, checked in full before anything is done. */
import type { z } from "zod";
import { receiverShape } from "../../services/shared/receiver-shape.ts";
import { SECRETS, schema } from "./settings.ts";

type Parsed = z.output<typeof schema>;

/** The file with every default filled in. */
export interface DeployConfig
  extends Omit<Parsed, "receiverRegions" | "dataset" | "datasetLocation" | "ingress" | "eventsPerDay"> {
  /** By `eventsPerDay`. */
  readonly receiverShape: string;
  readonly ingress: "all" | "load-balancer";
  /** At least one, the first is the one that senders are told. */
  readonly receiverRegions: readonly string[];
  readonly dataset: string;
  readonly datasetLocation: string;
}

export class ConfigFileError extends Error {}

/**
 * @param file its parsed JSON
 * @param name of the file, for the message
 * @throws ConfigFileError with one line per problem
 */
export function readDeployConfig(file: unknown, name: string): DeployConfig {
  const { success, data, error } = schema.safeParse(file);
  if (!success) {
    const lines = error.issues.map(({ path, message }) => `  ${path.join(".") || "the file"}: ${message}`);
    throw new ConfigFileError(
      [`${name} is not right (docs/operate/deploy.md has every setting):`, ...lines].join("\n"),
    );
  }
  const problems = contradictions(data);
  if (problems.length > 0)
    throw new ConfigFileError(
      [`${name} contradicts itself:`, ...problems.map((line) => `  ${line}`)].join("\n"),
    );
  const { eventsPerDay, ...rest } = data;
  return {
    ...rest,
    receiverShape: receiverShape(eventsPerDay),
    // Around the load balancer there would be no limit; both are open where somebody moves from the one to the other.
    ingress: data.ingress ?? (data.loadBalancer === undefined ? "all" : "load-balancer"),
    receiverRegions: [...new Set(data.receiverRegions ?? [data.region])],
    dataset: data.dataset ?? datasetOf(data.prefix),
    datasetLocation: data.datasetLocation ?? data.region,
  };
}

/** So that two prefixes of one project share no dataset. */
function datasetOf(prefix: string): string {
  return prefix.replaceAll("-", "_");
}

function contradictions(parsed: Parsed): readonly string[] {
  const { chainguard, secrets, settings, region, datasetLocation = region, encryptionKey } = parsed;
  const problems: string[] = [];
  const keyLocation = encryptionKey?.split("/")[3];
  if (keyLocation !== undefined && [region, datasetLocation].some((place) => place !== keyLocation))
    problems.push(
      `encryptionKey is in ${keyLocation}: region and datasetLocation must be the same, since images, bucket and dataset take a key of their own location`,
    );
  if (parsed.dataset === undefined && parsed.prefix.endsWith("-staging"))
    problems.push(
      `the dataset of prefix ${parsed.prefix} would be that of another prefix's staging tables: name one in dataset`,
    );
  const senders = secrets.filter((variable) => variable !== "PRIVACY_KEY");
  if (chainguard.groups.length === 0 && senders.length === 0)
    problems.push("no sender may post: name chainguard.groups, or a sender's credentials in secrets");
  if (chainguard.subscribe && chainguard.groups.length === 0)
    problems.push("chainguard.subscribe needs chainguard.groups");
  for (const [service, set] of Object.entries(settings)) {
    for (const variable of Object.keys(set)) {
      if (SECRETS.some((secret) => secret === variable))
        problems.push(
          `settings.${service}.${variable}: a secret belongs in Secret Manager, name it in secrets`,
        );
      else if (OWN.has(variable)) problems.push(`settings.${service}.${variable} is set by the stack itself`);
    }
  }
  return problems;
}

/** What follows from the resources, so that nobody sets it to something else. */
export const OWN = new Set([
  "GOOGLE_CLOUD_PROJECT",
  "GOOGLE_CLOUD_LOCATION",
  "GCS_BUCKET",
  "BATCHER_URL",
  "LOADER_URL",
  "TASKS_QUEUE_DRAIN",
  "TASKS_QUEUE_LOAD",
  "TASKS_QUEUE_ROLLUP",
  "TASKS_SERVICE_ACCOUNT",
  "PUBSUB_TOPIC",
  "PUBSUB_SUBSCRIPTION",
  "BIGQUERY_DATASET",
  "BIGQUERY_STAGING_DATASET",
  "BIGQUERY_LOCATION",
  "CHAINGUARD_GROUP",
  "WINDOW_SECONDS",
  "HOST",
  "PORT",
]);
