/** Which names resources may have. */
import type { Call, Rule } from "../call.ts";
import { namedIn } from "../collection.ts";
import { textAt } from "../json.ts";
import { rule } from "./rule.ts";

interface NameRule {
  readonly id: string;
  readonly source: string;
  readonly method: string;
  /** The last part of the name. */
  readonly name: (call: Call) => string;
  readonly pattern: RegExp;
}

const lastPart = (name: string) => name.split("/").at(-1) ?? "";
const bodyName = ({ body }: Call) => lastPart(textAt(body, "name"));
const pathName = (call: Call) => lastPart(namedIn(call));
const queryName =
  (parameter: string) =>
  ({ query }: Call) =>
    query[parameter] ?? "";
const textIn =
  (path: string) =>
  ({ body }: Call) =>
    textAt(body, path);

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const PUBSUB_NAME = /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/;
const PUBSUB_NAMES = "https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names";

const NAMES: readonly NameRule[] = [
  {
    id: "name-of-topic",
    source: PUBSUB_NAMES,
    method: "pubsub.projects.topics.create",
    name: pathName,
    pattern: PUBSUB_NAME,
  },
  {
    id: "name-of-subscription",
    source: PUBSUB_NAMES,
    method: "pubsub.projects.subscriptions.create",
    name: pathName,
    pattern: PUBSUB_NAME,
  },
  {
    id: "name-of-service-account",
    source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create",
    method: "iam.projects.serviceAccounts.create",
    name: textIn("accountId"),
    pattern: /^(?=.{6,30}$)[a-z][-a-z0-9]*[a-z0-9]$/,
  },
  {
    id: "name-of-custom-role",
    source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.roles/create",
    method: "iam.projects.roles.create",
    name: textIn("roleId"),
    pattern: /^[\w.]{3,64}$/,
  },
  {
    id: "name-of-bucket",
    source: "https://cloud.google.com/storage/docs/buckets#naming",
    method: "storage.buckets.insert",
    name: textIn("name"),
    pattern: /^(?!goog)(?!.*google)(?!.*\.\.)[a-z0-9](?:[a-z0-9_-]{1,61}|[a-z0-9._-]{1,220})[a-z0-9]$/,
  },
  {
    id: "name-of-dataset",
    source: "https://cloud.google.com/bigquery/docs/datasets#dataset-naming",
    method: "bigquery.datasets.insert",
    name: textIn("datasetReference.datasetId"),
    pattern: /^\w{1,1024}$/,
  },
  {
    id: "name-of-table",
    source: "https://cloud.google.com/bigquery/docs/tables#table_naming",
    method: "bigquery.tables.insert",
    name: textIn("tableReference.tableId"),
    pattern: /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u,
  },
  {
    id: "name-of-service",
    source: "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create",
    method: "run.projects.locations.services.create",
    name: queryName("serviceId"),
    pattern: /^[a-z](?:[-a-z0-9]{0,47}[a-z0-9])?$/,
  },
  {
    id: "name-of-queue",
    source:
      "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#Queue.FIELDS.name",
    method: "cloudtasks.projects.locations.queues.create",
    name: bodyName,
    pattern: /^[A-Za-z0-9-]{1,100}$/,
  },
  {
    id: "name-of-job",
    source:
      "https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#Job.FIELDS.name",
    method: "cloudscheduler.projects.locations.jobs.create",
    name: bodyName,
    pattern: /^[\w-]{1,500}$/,
  },
  {
    id: "name-of-secret",
    source: "https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create",
    method: "secretmanager.projects.secrets.create",
    name: queryName("secretId"),
    pattern: /^[\w-]{1,255}$/,
  },
  {
    id: "name-of-repository",
    source: "https://cloud.google.com/artifact-registry/docs/repositories/create-repos#create",
    method: "artifactregistry.projects.locations.repositories.create",
    name: queryName("repositoryId"),
    pattern: /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  },
  {
    id: "name-of-log-metric",
    source:
      "https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics#LogMetric.FIELDS.name",
    method: "logging.projects.metrics.create",
    name: textIn("name"),
    pattern: /^[\w.,+!*'()%-][\w.,+!*'()%/-]{0,99}$/,
  },
  {
    id: "name-of-log-exclusion",
    source: "https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogExclusion#FIELDS.name",
    method: "logging.projects.exclusions.create",
    name: textIn("name"),
    pattern: /^[A-Za-z0-9][\w.-]{0,99}$/,
  },
];

export const NAME_RULES: readonly Rule[] = NAMES.map(({ id, source, method, name, pattern }) =>
  rule({
    id,
    source,
    methods: [method],
    code: "INVALID_ARGUMENT",
    message: (call) =>
      pattern.test(name(call)) ? undefined : `Invalid name '${name(call)}': it must match ${pattern.source}`,
  }),
);
