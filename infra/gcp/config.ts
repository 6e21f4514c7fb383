/** What a deployment can decide: `pullhouse.config.json`, checked in full before anything is done. */
import { z } from "zod";
import { OUTAGE_MAX_DAYS } from "../../services/shared/retention.ts";

/** Variables of the receiver that hold a secret (docs/configuration.md). */
const SECRETS = [
  "ZOT_TOKENS",
  "ZOT_BASIC",
  "MSR_SECRETS",
  "MSR_BASIC",
  "HARBOR_AUTHORIZATION",
  "DISTRIBUTION_AUTHORIZATION",
  "PRIVACY_KEY",
] as const;

const location = z.string().regex(/^[a-z]+-[a-z]+[0-9]+$/, "takes a region, as us-central1");
const days = z.int().min(1).max(36_500);
/** A clock that deletes strikes after the longest outage: it cannot see whether an object or event still waits. */
const deleteAfterDays = days.min(
  OUTAGE_MAX_DAYS,
  `takes ${OUTAGE_MAX_DAYS} days or more: what an outage holds up is not in its table before`,
);
const variables = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "takes names of variables"), z.string());

const labels = z.record(
  z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, "takes lower-case names of labels"),
  z.string().regex(/^[a-z0-9_-]{0,63}$/, "takes lower-case letters, digits, _ and -"),
);

/**
 * Days until objects move to a colder class. Each move is paid per object, so that it is only worth it for large ones:
 * off unless asked for (docs/deploy.md).
 */
const events = z
  .strictObject({
    nearlineAfterDays: days.nullable().default(null),
    coldlineAfterDays: days.nullable().default(null),
    archiveAfterDays: days.nullable().default(null),
    deleteAfterDays: deleteAfterDays.nullable().default(null),
  })
  .refine(
    (all) => {
      const steps = Object.values(all).filter((step) => step !== null);
      return steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0));
    },
    { error: "each step takes more days than the one before" },
  );

const schema = z.strictObject({
  $schema: z.string().optional(),
  project: z.string().regex(/^[a-z][a-z0-9.:-]{4,61}[a-z0-9]$/, "takes a project id"),
  region: location,
  receiverRegions: z.array(location).min(1).optional(),
  datasetLocation: z
    .string()
    .regex(/^(US|EU|[a-z]+-[a-z]+[0-9]+)$/, "takes US, EU or a region")
    .optional(),
  dataset: z
    .string()
    .regex(/^\w{1,1024}$/)
    .default("cloudevents_pull_event_recorder"),
  // Accounts take 30 characters, and the longest suffix is -receiver.
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/, "takes 3 to 20 lower-case letters, digits and -")
    .default("pullhouse"),
  queueSuffix: z
    .string()
    .regex(/^[a-z0-9]{0,8}$/, "takes up to 8 lower-case letters and digits")
    .default(""),
  labels: labels.default({}),
  chainguard: z
    .strictObject({
      groups: z
        .array(z.string().regex(/^[0-9a-f]{40}(\/[0-9a-f]{16})*$/, "takes ids (UIDP) of groups"))
        .default([]),
      subscribe: z.boolean().default(false),
    })
    .default({ groups: [], subscribe: false }),
  secrets: z.array(z.enum(SECRETS)).default([]),
  secretLocations: z.array(location).min(1).optional(),
  settings: z
    .strictObject({
      all: variables.default({}),
      receiver: variables.default({}),
      batcher: variables.default({}),
      loader: variables.default({}),
    })
    .default({ all: {}, receiver: {}, batcher: {}, loader: {} }),
  windowSeconds: z.number().min(10).max(3600).default(60),
  ingress: z.enum(["all", "load-balancer"]).default("all"),
  publicAccess: z.enum(["all-users", "no-invoker-check"]).default("all-users"),
  maxReceivers: z.int().min(1).max(1000).default(20),
  retention: z
    .strictObject({
      events: events.prefault({}),
      quarantineDeleteAfterDays: deleteAfterDays.nullable().default(null),
      deadLettersDeleteAfterDays: deleteAfterDays.nullable().default(null),
      rowsDeleteAfterDays: deleteAfterDays.nullable().default(null),
      softDeleteDays: z.union([z.literal(0), z.int().min(7).max(90)]).default(0),
      lockedArchiveDays: days.nullable().default(null),
    })
    .prefault({}),
  encryptionKey: z
    .string()
    .regex(
      /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
      "takes projects/…/locations/…/keyRings/…/cryptoKeys/…",
    )
    .optional(),
  deletionProtection: z.boolean().default(true),
  alerts: z.boolean().default(true),
  notificationChannels: z
    .array(
      z
        .string()
        .regex(/^projects\/[^/]+\/notificationChannels\/\d+$/, "takes projects/…/notificationChannels/…"),
    )
    .default([]),
  state: z.strictObject({ bucket: z.string().min(3), prefix: z.string().default("pullhouse") }).optional(),
});

type Parsed = z.output<typeof schema>;

/** The file with every default filled in. */
export interface DeployConfig extends Omit<Parsed, "receiverRegions" | "datasetLocation"> {
  /** At least one, the first is the one that senders are told. */
  readonly receiverRegions: readonly string[];
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
      [`${name} is not right (docs/deploy.md has every setting):`, ...lines].join("\n"),
    );
  }
  const problems = contradictions(data);
  if (problems.length > 0)
    throw new ConfigFileError(
      [`${name} contradicts itself:`, ...problems.map((line) => `  ${line}`)].join("\n"),
    );
  return {
    ...data,
    receiverRegions: [...new Set(data.receiverRegions ?? [data.region])],
    datasetLocation: data.datasetLocation ?? data.region,
  };
}

function contradictions(parsed: Parsed): readonly string[] {
  const { chainguard, secrets, settings, region, datasetLocation = region, encryptionKey } = parsed;
  const problems: string[] = [];
  const keyLocation = encryptionKey?.split("/")[3];
  if (keyLocation !== undefined && [region, datasetLocation].some((place) => place !== keyLocation))
    problems.push(
      `encryptionKey is in ${keyLocation}: region and datasetLocation must be the same, since images, bucket and dataset take a key of their own location`,
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
const OWN = new Set([
  "GOOGLE_CLOUD_PROJECT",
  "GOOGLE_CLOUD_LOCATION",
  "GCS_BUCKET",
  "BATCHER_URL",
  "LOADER_URL",
  "TASKS_QUEUE_DRAIN",
  "TASKS_QUEUE_LOAD",
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
