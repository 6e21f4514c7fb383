/** Cloud Logging and Cloud Monitoring: log-based metrics, exclusions, alert policies, dashboards. */
import {
  type Call,
  type Handler,
  type Handlers,
  nextEtag,
  projectNumber,
  projectOf,
  timestamp,
} from "../call.ts";
import { collectionHandlers, existing, fullName, namedIn } from "../collection.ts";
import { withoutZeros } from "../fields.ts";
import { type Json, recordAt, recordsAt, textAt } from "../json.ts";
import { appear, disappear } from "../visibility.ts";

const METRICS = "logging.projects.metrics";
const EXCLUSIONS = "logging.projects.exclusions";
const POLICIES = "monitoring.projects.alertPolicies";
const DASHBOARDS = "monitoring.projects.dashboards";

/** Cloud Monitoring's type of a log-based metric. */
const metricType = (name: string) => `logging.googleapis.com/user/${name}`;
export const metricKey = (project: string, type: string) => `${project} ${type}`;

/** Answers have the metric's own name, not that of the resource. */
function metric(resource: Json, { world }: Call, before: Json | undefined): Json {
  const name = textAt(resource, "name").replace(/^projects\/[^/]+\/metrics\//, "");
  const project = projectOf(textAt(resource, "name")) ?? "";
  return {
    ...resource,
    name,
    metricDescriptor: {
      metricKind: "DELTA",
      valueType: "INT64",
      ...recordAt(resource, "metricDescriptor"),
      name: `projects/${project}/metricDescriptors/${metricType(name)}`,
      type: metricType(name),
    },
    createTime: before?.["createTime"] ?? timestamp(world),
    updateTime: timestamp(world),
  };
}

const noteMetric = (name: string) => {
  const [project = "", id = ""] = name.replace("projects/", "").split("/metrics/");
  return { kind: "logMetrics", key: metricKey(project, metricType(id)) } as const;
};

/** `update` is a PUT: it replaces. */
const updateMetric: Handler = (call) => {
  const name = namedIn(call);
  const before = existing(call, name);
  const next = withoutZeros(
    metric({ ...call.body, name }, call, before),
    "LogMetric",
    call.method.api.schemas,
  );
  call.world.state.resources.set(fullName(call, name), next);
  return next;
};

function alertPolicy(resource: Json, { world }: Call, before: Json | undefined): Json {
  const name = textAt(resource, "name");
  const record = { mutateTime: timestamp(world), mutatedBy: "owner@example.com" };
  return {
    enabled: true,
    ...resource,
    conditions: recordsAt(resource, "conditions").map((condition, index) => ({
      ...condition,
      name: textAt(condition, "name") || `${name}/conditions/${index + 1}`,
    })),
    creationRecord: before?.["creationRecord"] ?? record,
    mutationRecord: record,
  };
}

/** A dashboard is replaced as a whole, and its name has the project's number. */
const updateDashboard: Handler = (call) => {
  const before = existing(call, namedIn(call));
  const { world, method, body } = call;
  const next = { ...body, name: before["name"], etag: nextEtag(world) };
  const stored = withoutZeros(next, "Dashboard", method.api.schemas);
  world.state.resources.set(fullName(call, namedIn(call)), stored);
  return stored;
};

export const OBSERVABILITY: Handlers = {
  ...collectionHandlers({
    prefix: METRICS,
    schema: "LogMetric",
    items: "metrics",
    created: (call) => `${namedIn(call)}/metrics/${textAt(call.body, "name")}`,
    filled: metric,
    afterCreate: (call, name) => appear(call.world, noteMetric(name).kind, noteMetric(name).key),
    afterDelete: (call, name) => disappear(call.world, noteMetric(name).kind, noteMetric(name).key),
  }),
  [`${METRICS}.update`]: updateMetric,
  ...collectionHandlers({
    prefix: EXCLUSIONS,
    schema: "LogExclusion",
    items: "exclusions",
    created: (call) => `${namedIn(call)}/exclusions/${textAt(call.body, "name")}`,
    filled: (exclusion, { world }, before) => ({
      ...exclusion,
      name: textAt(exclusion, "name").split("/").at(-1),
      createTime: before?.["createTime"] ?? timestamp(world),
      updateTime: timestamp(world),
    }),
  }),
  ...collectionHandlers({
    prefix: POLICIES,
    schema: "AlertPolicy",
    items: "alertPolicies",
    created: (call) => `${namedIn(call)}/alertPolicies/${call.world.state.next()}`,
    filled: alertPolicy,
  }),
  ...collectionHandlers({
    prefix: DASHBOARDS,
    schema: "Dashboard",
    items: "dashboards",
    created: (call) => `${namedIn(call)}/dashboards/${call.world.state.next()}`,
    filled: (dashboard, { world }) => ({
      ...dashboard,
      name: textAt(dashboard, "name").replace(
        /^projects\/[^/]+/,
        `projects/${projectNumber(projectOf(textAt(dashboard, "name")) ?? "")}`,
      ),
      etag: nextEtag(world),
    }),
  }),
  [`${DASHBOARDS}.patch`]: updateDashboard,
};
