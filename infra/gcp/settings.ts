/** What a deployment can decide, one setting after the other: the schema of `pullhouse.config.json` and of the module's variables. */
import { z } from "zod";
import { OUTAGE_MAX_DAYS } from "../../services/shared/retention.ts";

/** Variables of the receiver that hold a secret (docs/operate/configuration.md). */
export const SECRETS = [
  "ZOT_TOKENS",
  "ZOT_BASIC",
  "MSR_SECRETS",
  "MSR_BASIC",
  "HARBOR_AUTHORIZATION",
  "DISTRIBUTION_AUTHORIZATION",
  "PRIVACY_KEY",
] as const;

interface Forbidden {
  /** Of what it does not take. */
  readonly pattern: RegExp;
  readonly says: string;
}

/** Text of one form; what it says about itself is in the module's variables, too (module/variables.ts). */
function text(pattern: RegExp, says: string, forbidden: readonly Forbidden[] = []) {
  const checked = forbidden.reduce(
    (all, { pattern: not, says: why }) => all.refine((value) => !not.test(value), why),
    z.string().regex(pattern, says),
  );
  return checked.meta({ says, forbidden: forbidden.map((one) => ({ ...one, pattern: one.pattern.source })) });
}

const location = text(/^[a-z]+-[a-z]+[0-9]+$/, "takes a region, as us-central1");
const days = z.int().min(1).max(36_500);
const DELETE_SAYS = `takes ${OUTAGE_MAX_DAYS} days or more: what an outage holds up is not in its table before`;
/** A clock that deletes strikes after the longest outage: it cannot see whether an object or event still waits. */
const deleteAfterDays = days.min(OUTAGE_MAX_DAYS, DELETE_SAYS).meta({ says: DELETE_SAYS });
const variables = z.record(text(/^[A-Z][A-Z0-9_]*$/, "takes names of variables"), z.string());

const labels = z.record(
  text(/^[a-z][a-z0-9_-]{0,62}$/, "takes lower-case names of labels"),
  text(/^[a-z0-9_-]{0,63}$/, "takes lower-case letters, digits, _ and -"),
);

/**
 * Days until objects move to a colder class. Each move is paid per object, so that it is only worth it for large ones:
 * off unless asked for (docs/operate/deploy.md).
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

const loadBalancer = z.strictObject({
  // Each has a certificate of its own, and a proxy takes 15
  // (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_target_https_proxy).
  domains: z
    .array(
      z
        .string()
        .max(63)
        .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/, "takes domains, as events.example.com"),
    )
    .min(1)
    .max(15)
    .refine((all) => new Set(all).size === all.length, "takes each domain once"),
  // https://docs.cloud.google.com/armor/docs/rate-limiting-overview
  requestsPerMinute: z.int().min(1).max(1_000_000).nullable().default(6_000),
});

/** `pullhouse.config.json`; each description is that of the module's variable, too. */
export const schema = z.strictObject({
  $schema: z.string().optional(),
  project: text(
    /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    "takes a project id, 6 to 30 lower-case letters, digits and -; one with a domain (example.com:project) is not supported",
  ).describe("Project id."),
  region: location.describe("Region of everything but receivers."),
  receiverRegions: z
    .array(location)
    .min(1)
    .optional()
    .describe("Regions with a receiver; senders are told the first. By default the region."),
  datasetLocation: text(/^(US|EU|[a-z]+-[a-z]+[0-9]+)$/, "takes US, EU or a region")
    .optional()
    .describe("Location of datasets and buckets, which cannot be moved. By default the region."),
  // BigQuery takes 1,024, and the dataset of the staging tables is named after this one.
  dataset: text(/^[A-Za-z0-9_]+$/, "takes letters, digits and _")
    .max(1016, "takes up to 1,016 characters")
    .optional()
    .describe("Dataset id. By default the prefix, with _ for -."),
  // Accounts take 30 characters, and the longest suffix is -receiver; buckets take 63, and the longest is -dead-letter.
  prefix: text(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/, "takes 3 to 20 lower-case letters, digits and -", [
    {
      // https://docs.cloud.google.com/storage/docs/buckets#naming
      pattern: /^goog|g[o0]{2}gle/,
      says: "takes nothing that looks like google: Cloud Storage refuses it in a bucket's name",
    },
    {
      pattern: /-(archive|dead-letter)$/,
      says: "takes nothing that ends in -archive or -dead-letter: another prefix may have such a bucket",
    },
  ])
    .default("pullhouse")
    .describe("Prefix of every other name: two prefixes in one project share nothing."),
  queueSuffix: text(/^[a-z0-9]{0,8}$/, "takes up to 8 lower-case letters and digits", [
    {
      pattern: /^(drain|load|loader|rollup)$/,
      says: "takes neither drain, load, loader nor rollup: another prefix may have such a queue or role",
    },
  ])
    .default("")
    .describe(
      "Suffix of queues and of the loader's role, whose names are blocked for a time once they are deleted.",
    ),
  labels: labels.default({}).describe("Labels of everything that can carry some."),
  chainguard: z
    .strictObject({
      groups: z
        .array(text(/^[0-9a-f]{40}(\/[0-9a-f]{16})*$/, "takes ids (UIDP) of groups"))
        .default([])
        .describe("Ids (UIDP) of the Chainguard groups whose events are taken."),
      subscribe: z.boolean().default(false),
    })
    .default({ groups: [], subscribe: false }),
  secrets: z
    .array(z.enum(SECRETS))
    .default([])
    .describe("Variables of the receiver whose values are in Secret Manager; the secrets are made empty."),
  secretLocations: z
    .array(location)
    .min(1)
    .optional()
    .describe("Regions in which Secret Manager keeps the secrets. By default everywhere."),
  settings: z
    .strictObject({
      all: variables.default({}),
      receiver: variables.default({}),
      batcher: variables.default({}),
      loader: variables.default({}),
    })
    .default({ all: {}, receiver: {}, batcher: {}, loader: {} })
    .describe("Further variables of the services (docs/operate/configuration.md)."),
  windowSeconds: z
    .number()
    .min(10)
    .max(3600)
    .default(40)
    .describe(
      "The longest that an event waits for its drain; drains come in halves and quarters of it where many events come.",
    ),
  ingress: z
    .enum(["all", "load-balancer"])
    .optional()
    .describe("With load-balancer only a load balancer can reach the receiver; all by default."),
  loadBalancer: loadBalancer.optional(),
  publicAccess: z
    .enum(["all-users", "no-invoker-check"])
    .default("all-users")
    .describe("How senders get past Cloud Run's IAM: all users may invoke the receiver, or nobody is asked."),
  maxReceivers: z.int().min(1).max(1000).default(20).describe("Instances of the receiver in each region."),
  eventsPerDay: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .optional()
    .describe(
      "Events a day, as expected: what receivers are made of follows from it, and with that what they cost. By default as for few.",
    ),
  retention: z
    .strictObject({
      events: events.prefault({}),
      quarantineDeleteAfterDays: deleteAfterDays.nullable().default(null),
      deadLettersDeleteAfterDays: deleteAfterDays.nullable().default(null),
      rowsDeleteAfterDays: deleteAfterDays.nullable().default(null),
      softDeleteDays: z.union([z.literal(0), z.int().min(7).max(90)]).default(0),
      lockedArchiveDays: days.nullable().default(null),
    })
    .prefault({})
    .describe(
      "Days after which objects move to a colder class, or objects and rows are deleted; null is never.",
    ),
  encryptionKey: text(
    /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
    "takes projects/…/locations/…/keyRings/…/cryptoKeys/…",
  )
    .optional()
    .describe("Key of Cloud KMS for buckets, topics, datasets and images. By default Google's."),
  deletionProtection: z
    .boolean()
    .default(true)
    .describe("Tables, dataset and buckets with content cannot be destroyed."),
  alerts: z
    .enum(["logs", "metrics", "true", "false"])
    .or(z.boolean())
    .default("logs")
    .transform((given) => {
      // As it was before there was a choice, and as Terraform writes it into a variable of type string.
      const text = String(given);
      return text === "true" ? "logs" : text;
    })
    .describe(
      "Alert policies: logs has two, on log lines; metrics has nine, which also watch the age of Pub/Sub's messages and failed calls of the queues; false has none.",
    ),
  notificationChannels: z
    .array(text(/^projects\/[^/]+\/notificationChannels\/\d+$/, "takes projects/…/notificationChannels/…"))
    .default([])
    .describe("Who is told, projects/…/notificationChannels/…"),
  state: z.strictObject({ bucket: z.string().min(3), prefix: z.string().default("pullhouse") }).optional(),
});
