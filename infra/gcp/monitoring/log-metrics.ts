/** Metrics out of the services' own log lines: what Google's metrics cannot know. */
import { LoggingMetric } from "@cdktf/provider-google/lib/logging-metric/index.js";
import { REJECTED, UNREGISTERED } from "../../../services/shared/schema/check-files.ts";
import type { Context } from "../context.ts";
import type { ServiceName } from "../names.ts";

/** A log line, by what it says; each is written by a service (a test looks for it). */
interface Line {
  readonly service: ServiceName;
  readonly message: string;
  readonly type?: string;
}

interface LogMetric {
  readonly description: string;
  readonly lines: readonly Line[];
  /** Field whose values are measured, with its unit; lines are counted without one. */
  readonly value?: { readonly field: string; readonly unit: string };
}

export const LOG_METRICS = {
  rejected: {
    description: "Loads of events that do not fit their schema (rejected_events)",
    lines: [{ service: "loader", message: "loaded", type: REJECTED }],
  },
  unregistered: {
    description: "Loads of events of types without a schema file (unregistered_events)",
    lines: [{ service: "loader", message: "loaded", type: UNREGISTERED }],
  },
  rows: {
    description: "Rows that became visible, by load",
    lines: [{ service: "loader", message: "loaded" }],
    value: { field: "inserted", unit: "1" },
  },
  quarantined: {
    description: "Objects that were set aside under quarantine/",
    lines: [
      { service: "loader", message: "object set aside" },
      { service: "loader", message: "set aside, not readable" },
      { service: "batcher", message: "spilled object unreadable" },
    ],
  },
  "dead-letters": {
    description: "Messages that no batcher survives (dead-letters/)",
    lines: [{ service: "batcher", message: "dead letter" }],
  },
  "failed-loads": {
    description: "Rounds of the loader in which something failed",
    lines: [{ service: "loader", message: "loaded in part" }],
  },
  "failed-drains": {
    description: "Rounds of the batcher in which something failed",
    lines: [{ service: "batcher", message: "drained in part" }],
  },
  "pending-age": {
    description: "Age of the oldest pending mark at the end of a round",
    lines: [{ service: "loader", message: "round" }],
    value: { field: "oldestPendingSeconds", unit: "s" },
  },
} as const satisfies Record<string, LogMetric>;

export type LogMetricName = keyof typeof LOG_METRICS;

export function createLogMetrics(context: Context): ReadonlyMap<LogMetricName, LoggingMetric> {
  const { stack, names, apis } = context;
  return new Map(
    (Object.entries(LOG_METRICS) as [LogMetricName, LogMetric][]).map(
      ([name, { description, lines, value }]) => [
        name,
        new LoggingMetric(stack, `metric-${name}`, {
          name: names.metric(name),
          description,
          filter: linesFilter(context, lines),
          metricDescriptor: {
            metricKind: "DELTA",
            valueType: value === undefined ? "INT64" : "DISTRIBUTION",
            unit: value?.unit ?? "1",
          },
          ...(value === undefined
            ? {}
            : {
                valueExtractor: `EXTRACT(jsonPayload.${value.field})`,
                bucketOptions: { exponentialBuckets: { numFiniteBuckets: 40, growthFactor: 1.6, scale: 1 } },
              }),
          dependsOn: apis,
        }),
      ],
    ),
  );
}

/** Cloud Logging's query language (https://cloud.google.com/logging/docs/view/logging-query-language). */
export function linesFilter({ names }: Context, lines: readonly Line[]): string {
  const each = lines.map(({ service, message, type }) =>
    [
      `resource.labels.service_name="${names.service(service)}"`,
      `jsonPayload.message="${message}"`,
      ...(type === undefined ? [] : [`jsonPayload.type="${type}"`]),
    ].join(" AND "),
  );
  return `resource.type="cloud_run_revision" AND (${each.map((one) => `(${one})`).join(" OR ")})`;
}
