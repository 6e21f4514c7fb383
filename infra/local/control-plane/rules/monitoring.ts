/** What Cloud Monitoring and Cloud Logging refuse. */
import { metricKey } from "../apis/observability.ts";
import { type Call, projectOf, type Rule } from "../call.ts";
import { namedIn } from "../collection.ts";
import { type Json, recordsAt, textAt, textsOf } from "../json.ts";
import { isVisible } from "../visibility.ts";
import { isOutside, rule, secondsAt, writes } from "./rule.ts";

const POLICY = writes("monitoring.projects.alertPolicies");
const POLICY_REFERENCE = "https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies";

const CONDITIONS_MAX = 6;
const DISPLAY_NAME_MAX = 512;
const DOCUMENTATION_MAX = 8192;
const FILTER_MAX = 2048;
const MINUTE = 60;
/** Of an alignment period in a policy, in seconds. */
const ALIGNMENT_MAX = 90_000;

const thresholds = ({ body }: Call) =>
  recordsAt(body, "conditions").flatMap((condition, index) => {
    const threshold = condition["conditionThreshold"];
    return threshold === undefined ? [] : [{ threshold: threshold as Json, index }];
  });

const broken = (text: string) => (isBroken: boolean) => (isBroken ? text : undefined);

export const MONITORING_RULES: readonly Rule[] = [
  rule({
    id: "missing-data-needs-duration",
    source: "https://github.com/hashicorp/terraform-provider-google/issues/16892",
    methods: POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const short = thresholds(call).find(
        ({ threshold }) =>
          textAt(threshold, "evaluationMissingData") !== "" && !(secondsAt(threshold, "duration") >= MINUTE),
      );
      return short === undefined
        ? undefined
        : `Field alert_policy.conditions[${short.index}].condition_threshold.evaluation_missing_data had an invalid value of "${textAt(short.threshold, "evaluationMissingData")}": Conditions setting evaluation_missing_data must have a non-zero duration.`;
    },
  }),
  rule({
    id: "duration-of-whole-minutes",
    source: POLICY_REFERENCE,
    methods: POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) =>
      broken("The duration of a condition must be a multiple of a minute")(
        thresholds(call).some(({ threshold }) => (secondsAt(threshold, "duration") || 0) % MINUTE !== 0),
      ),
  }),
  rule({
    id: "alignment-period",
    source: POLICY_REFERENCE,
    methods: POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) =>
      broken(`The alignment period must be between ${MINUTE} and ${ALIGNMENT_MAX} seconds`)(
        thresholds(call)
          .flatMap(({ threshold }) => [
            ...recordsAt(threshold, "aggregations"),
            ...recordsAt(threshold, "denominatorAggregations"),
          ])
          .some((aggregation) => isOutside(secondsAt(aggregation, "alignmentPeriod"), MINUTE, ALIGNMENT_MAX)),
      ),
  }),
  rule({
    id: "size-of-alert-policy",
    source: POLICY_REFERENCE,
    methods: POLICY,
    code: "INVALID_ARGUMENT",
    message: ({ body, ...call }) => {
      const count = recordsAt(body, "conditions").length;
      if (isOutside(count, 1, CONDITIONS_MAX)) return `A policy has 1 to ${CONDITIONS_MAX} conditions`;
      if (textAt(body, "displayName").length > DISPLAY_NAME_MAX) return "The display name is too long";
      if (textAt(body, "documentation.content").length > DOCUMENTATION_MAX)
        return "The documentation is too long";
      const filters = thresholds({ body, ...call }).map(({ threshold }) => textAt(threshold, "filter"));
      return filters.some((filter) => filter.length > FILTER_MAX) ? "A filter is too long" : undefined;
    },
  }),
  rule({
    id: "policy-for-log-lines",
    source: `${POLICY_REFERENCE}#AlertStrategy`,
    methods: POLICY,
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const conditions = recordsAt(body, "conditions");
      if (!conditions.some((condition) => condition["conditionMatchedLog"] !== undefined)) return undefined;
      if (conditions.length > 1) return "A policy with a log match condition has one condition";
      const period = secondsAt(body, "alertStrategy.notificationRateLimit.period");
      return period >= 5 * MINUTE
        ? undefined
        : "A notification rate limit of five minutes or more is required for a policy with a log match condition";
    },
  }),
  rule({
    id: "metric-not-found",
    source: "https://github.com/hashicorp/terraform-provider-google/issues/11102",
    methods: POLICY,
    code: "NOT_FOUND",
    message: (call) => {
      const project = projectOf(namedIn(call)) ?? "";
      const names = [...textsOf(call.body["conditions"])].flatMap((text) => [
        ...text.matchAll(/metric\.type\s*=\s*"(logging\.googleapis\.com\/user\/[^"]+)"/g),
      ]);
      const missing = new Set(names.map(([, type = ""]) => type));
      for (const type of missing) {
        if (isVisible(call.world, "logMetrics", metricKey(project, type))) continue;
        return `Cannot find metric that matches type = "${type}". If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.`;
      }
      return undefined;
    },
  }),
  rule({
    id: "tile-outside-of-mosaic",
    source: "https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#Tile",
    methods: writes("monitoring.projects.dashboards"),
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const layout = body["mosaicLayout"] as Json | undefined;
      const columns = Number(layout?.["columns"] ?? 0);
      const wide = recordsAt(layout, "tiles").some(
        ({ xPos = 0, width = 0 }) => Number(xPos) + Number(width) > columns,
      );
      return wide ? "Tiles must be contained within the specified number of columns" : undefined;
    },
  }),
  rule({
    id: "distribution-needs-value",
    source: "https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics#LogMetric",
    methods: ["logging.projects.metrics.create", "logging.projects.metrics.update"],
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      const isDistribution = textAt(body, "metricDescriptor.valueType") === "DISTRIBUTION";
      const hasValue = textAt(body, "valueExtractor") !== "";
      return isDistribution === hasValue
        ? undefined
        : "A value extractor is required for a distribution metric, and allowed for no other";
    },
  }),
];
