/** When somebody should look, as far as metrics tell; log lines tell most of it for less (log-alerts.ts). */

import type { LoggingMetric } from "@cdktf/provider-google/lib/logging-metric/index.js";
import {
  MonitoringAlertPolicy,
  type MonitoringAlertPolicyConditions,
} from "@cdktf/provider-google/lib/monitoring-alert-policy/index.js";
import type { Context } from "../context.ts";
import type { LogMetricName } from "./log-metrics.ts";

interface Alert {
  readonly name: string;
  readonly severity: "WARNING" | "CRITICAL";
  /** What happened and what to do, for whoever is woken. */
  readonly text: string;
  readonly conditions: readonly MonitoringAlertPolicyConditions[];
}

const RUN = 'resource.type="cloud_run_revision"';
const MINUTE = "60s";
/** A single log line is part of its window for this long, so that it outlasts the duration of its condition. */
const LOG_WINDOW = "300s";
/**
 * Spellings of a task attempt that went well: Google's list of metrics does not give the label's values, and those who use the
 * metric write all three (https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudtasks).
 */
const ATTEMPT_SUCCEEDED = ["ok", "OK", "200"] as const;

export function createAlerts(
  context: Context,
  metrics: ReadonlyMap<LogMetricName, LoggingMetric>,
): MonitoringAlertPolicy[] {
  const { stack, config, labels, apis, terms } = context;
  const all = alertsOf(context, metrics);
  const [made = []] = terms.made(terms.is(config.alerts, "metrics"), (meta) =>
    all.map(
      ({ name, severity, text, conditions }) =>
        new MonitoringAlertPolicy(stack, `alert-${name}`, {
          displayName: `${config.prefix}: ${name.replaceAll("-", " ")}`,
          combiner: "OR",
          severity,
          conditions: [...conditions],
          documentation: { content: text, mimeType: "text/markdown" },
          notificationChannels: terms.list(config.notificationChannels),
          userLabels: labels,
          alertStrategy: { autoClose: "86400s" },
          dependsOn: apis,
          ...meta,
        }),
    ),
  );
  return made;
}

function alertsOf({ names }: Context, metrics: ReadonlyMap<LogMetricName, LoggingMetric>): readonly Alert[] {
  const service = (name: "receiver" | "batcher" | "loader") =>
    `${RUN} AND resource.labels.service_name="${names.service(name)}"`;
  const subscription = `resource.type="pubsub_subscription" AND resource.labels.subscription_id="${names.subscription}"`;
  const requests = `metric.type="run.googleapis.com/request_count" AND ${service("receiver")}`;
  /** Any line of the metric, or more than `above` of them, within the period. */
  const counted = (name: LogMetricName, above = 0, period = LOG_WINDOW) =>
    over({
      name: `${name} in ${period}`,
      filter: `metric.type="logging.googleapis.com/user/${metrics.get(name)?.name}" AND ${RUN}`,
      above,
      period,
      aligner: "ALIGN_DELTA",
    });

  return [
    {
      name: "receiver-fails",
      severity: "CRITICAL",
      text: "More than 1 % of the requests to the receiver are answered 5xx. Senders are not known to try again: these events may be lost. Look at the receiver's log for `not accepted`; `npx pullhouse doctor` says what cannot be reached.",
      conditions: [
        {
          displayName: "5xx of all requests",
          conditionThreshold: {
            filter: `${requests} AND metric.labels.response_code_class="5xx"`,
            aggregations: [
              { alignmentPeriod: MINUTE, perSeriesAligner: "ALIGN_RATE", crossSeriesReducer: "REDUCE_SUM" },
            ],
            denominatorFilter: requests,
            denominatorAggregations: [
              { alignmentPeriod: MINUTE, perSeriesAligner: "ALIGN_RATE", crossSeriesReducer: "REDUCE_SUM" },
            ],
            comparison: "COMPARISON_GT",
            thresholdValue: 0.01,
            duration: "120s",
          },
        },
      ],
    },
    {
      name: "events-wait-in-the-queue",
      severity: "CRITICAL",
      text: "An event has been in Pub/Sub for more than ten minutes: the batcher is not woken, or cannot write. Pub/Sub deletes it after 31 days; until then nothing is lost. Look at the drain queue's tasks and at the batcher's log for `drained in part`.",
      conditions: [
        over({
          name: "oldest unacknowledged message, seconds",
          filter: `metric.type="pubsub.googleapis.com/subscription/oldest_unacked_message_age" AND ${subscription}`,
          above: 600,
          aligner: "ALIGN_MAX",
          duration: "120s",
        }),
      ],
    },
    {
      name: "objects-wait-for-their-load",
      severity: "CRITICAL",
      text: "An object has been pending for more than fifteen minutes. Nothing is lost before `retention.events.deleteAfterDays`, 31 days or more, where that is set. Look at the loader's log for `loaded in part`, and ask the table `loads` for the last loads of the type.",
      conditions: [
        over({
          name: "oldest pending mark, seconds",
          filter: `metric.type="logging.googleapis.com/user/${metrics.get("pending-age")?.name}" AND ${RUN}`,
          above: 900,
          aligner: "ALIGN_PERCENTILE_99",
          reducer: "REDUCE_MAX",
          period: LOG_WINDOW,
        }),
      ],
    },
    {
      name: "dead-letters",
      severity: "WARNING",
      text: "A message could not be processed and was put away. `npx pullhouse dead-letters list` shows it (docs/operate/dead-letters.md).",
      conditions: [
        counted("dead-letters"),
        over({
          name: "messages that Pub/Sub gave up",
          filter: `metric.type="pubsub.googleapis.com/subscription/dead_letter_message_count" AND ${subscription}`,
          above: 0,
          aligner: "ALIGN_DELTA",
          period: LOG_WINDOW,
        }),
      ],
    },
    {
      name: "rejected-events",
      severity: "WARNING",
      text: "Events do not fit their schema; they are in the table `rejected_events` with the reasons. Mend the schema file, then `npx pullhouse replay` (docs/operate/replay.md).",
      conditions: [counted("rejected")],
    },
    {
      name: "quarantine",
      severity: "WARNING",
      text: "BigQuery refused an object, or something in the bucket cannot be read; it is under `quarantine/`. `npx pullhouse dead-letters list` shows it with the reason.",
      conditions: [counted("quarantined")],
    },
    {
      name: "loads-fail",
      severity: "CRITICAL",
      text: "The loader failed in more than three rounds within 15 minutes. Nothing is lost: marks stay until their rows are committed. Its log says why under `loaded in part`.",
      conditions: [counted("failed-loads", 3, "900s")],
    },
    {
      name: "drains-fail",
      severity: "CRITICAL",
      text: "The batcher failed in more than three rounds within 15 minutes. Nothing is lost: messages stay in Pub/Sub for 31 days. Its log says why under `drained in part`.",
      conditions: [counted("failed-drains", 3, "900s")],
    },
    {
      name: "alarms-do-not-arrive",
      severity: "CRITICAL",
      text: "Calls of a task queue are refused or not answered. Cloud Run's log says why; most often the alarms' account lost its role `run.invoker`.",
      conditions: (["drain", "load", "rollup"] as const).map((queue) =>
        over({
          name: `failed calls of ${names.queues[queue]}`,
          filter: `metric.type="cloudtasks.googleapis.com/queue/task_attempt_count" AND ${ATTEMPT_SUCCEEDED.map((code) => `metric.labels.response_code!="${code}"`).join(" AND ")} AND resource.type="cloud_tasks_queue" AND resource.labels.queue_id="${names.queues[queue]}"`,
          above: 5,
          aligner: "ALIGN_DELTA",
          reducer: "REDUCE_SUM",
          period: "600s",
        }),
      ),
    },
  ];
}

interface Threshold {
  readonly name: string;
  readonly filter: string;
  readonly above: number;
  readonly aligner: string;
  readonly reducer?: string;
  readonly period?: string;
  readonly duration?: string;
}

function over({
  name,
  filter,
  above,
  aligner,
  reducer,
  period,
  duration,
}: Threshold): MonitoringAlertPolicyConditions {
  return {
    displayName: name,
    conditionThreshold: {
      filter,
      aggregations: [
        {
          alignmentPeriod: period ?? MINUTE,
          perSeriesAligner: aligner,
          ...(reducer === undefined ? {} : { crossSeriesReducer: reducer }),
        },
      ],
      comparison: "COMPARISON_GT",
      thresholdValue: above,
      // The API refuses 0 s beside evaluationMissingData
      // (https://github.com/hashicorp/terraform-provider-google/issues/16892).
      duration: duration ?? MINUTE,
      // An idle pipeline has no data, which is as it should be.
      evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE",
      trigger: { count: 1 },
    },
  };
}
