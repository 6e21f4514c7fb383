/** What alerts and commands take for granted of Cloud Monitoring and Cloud Logging. */
import { LOG_METRICS } from "../../gcp/monitoring/log-metrics.ts";
import { read } from "../api.ts";
import { type Assumption, type Evidence, heldIf } from "../assumption.ts";
import { logEntries } from "../google/logs.ts";

const product = "Monitoring and Logging";
const NO_MONITORING = "the local cloud has neither Cloud Monitoring nor Cloud Logging";

const projectOf = ({ deployment }: Evidence) => deployment.env["GOOGLE_CLOUD_PROJECT"] as string;

const logMetrics: Assumption = {
  id: "log-metrics-become-visible",
  product,
  statement: "Log-based metrics are visible within ten minutes of their creation.",
  source: "https://github.com/hashicorp/terraform-provider-google/issues/11102",
  onlyGoogle: NO_MONITORING,
  async check(evidence) {
    const { deployment } = evidence;
    const filter = `metric.type = starts_with("logging.googleapis.com/user/${deployment.prefix}/")`;
    const { metricDescriptors = [] } = await read<{ metricDescriptors?: readonly object[] }>(
      deployment.api,
      "monitoring",
      {
        path: `/projects/${projectOf(evidence)}/metricDescriptors`,
        query: { filter },
      },
    );
    const wanted = Object.keys(LOG_METRICS).length;
    return heldIf(
      metricDescriptors.length === wanted,
      `${metricDescriptors.length} of ${wanted} are visible`,
    );
  },
};

interface Policies {
  readonly alertPolicies?: readonly {
    readonly displayName?: string;
    readonly conditions?: readonly {
      readonly conditionThreshold?: { readonly evaluationMissingData?: string; readonly duration?: string };
    }[];
  }[];
}

const policies: Assumption = {
  id: "alert-policies-are-accepted",
  product,
  statement: "Policies that say what missing data means are accepted with a duration of 60 s or more.",
  source: "https://github.com/hashicorp/terraform-provider-google/issues/16892",
  onlyGoogle: NO_MONITORING,
  async check(evidence) {
    const { deployment } = evidence;
    const { alertPolicies = [] } = await read<Policies>(deployment.api, "monitoring", {
      path: `/projects/${projectOf(evidence)}/alertPolicies`,
      query: { filter: `display_name = starts_with("${deployment.prefix}")` },
    });
    const conditions = alertPolicies.flatMap((policy) => policy.conditions ?? []);
    const short = conditions.filter(
      ({ conditionThreshold: one }) =>
        one?.evaluationMissingData !== undefined && Number.parseInt(one.duration ?? "0", 10) < 60,
    );
    return heldIf(
      alertPolicies.length > 0 && short.length === 0,
      `${alertPolicies.length} policies with ${conditions.length} conditions, ${short.length} with a shorter duration`,
    );
  },
};

const structured: Assumption = {
  id: "lines-are-structured",
  product,
  statement: "A line of JSON on stdout is an entry with jsonPayload, and its severity is the entry's.",
  source: "https://cloud.google.com/logging/docs/structured-logging",
  onlyGoogle: NO_MONITORING,
  async check({ deployment }) {
    const lines = await deployment.lines("receiver");
    const starts = lines.filter(
      ({ message, severity }) => message === "listening" && severity === "INFO",
    ).length;
    return heldIf(
      starts > 0,
      `${lines.length} entries of the receiver, ${starts} of them starts with severity INFO`,
    );
  },
};

const excluded: Assumption = {
  id: "request-logs-are-excluded",
  product,
  statement: "Cloud Run's own line of a request that went well is not kept.",
  source: "https://cloud.google.com/logging/docs/routing/overview#exclusions",
  onlyGoogle: NO_MONITORING,
  async check(evidence) {
    const { deployment, observed } = evidence;
    const since = new Date(observed.deployedAt ?? observed.startedAt).toISOString();
    const filter = `resource.type="cloud_run_revision" AND resource.labels.service_name="${deployment.prefix}-receiver" AND log_id("run.googleapis.com/requests") AND httpRequest.status<400 AND timestamp>="${since}"`;
    const entries = await logEntries(deployment.api, projectOf(evidence), filter);
    return heldIf(entries.length === 0, `${entries.length} entries of requests that went well`);
  },
};

export const MONITORING: readonly Assumption[] = [logMetrics, policies, structured, excluded];
