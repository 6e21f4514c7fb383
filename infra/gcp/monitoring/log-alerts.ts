/** When somebody should look, as far as log lines tell: two policies, since each costs what it costs, however much is in it. */
import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy/index.js";
import type { Context } from "../context.ts";
import { LOG_METRICS, type LogMetricName, linesFilter } from "./log-metrics.ts";

interface LogAlert {
  readonly name: string;
  readonly severity: "WARNING" | "CRITICAL";
  /** What the policy looks for, and what to do about it. */
  readonly cases: readonly { readonly filter: string; readonly text: string }[];
}

/** Twenty notifications a day is the most that a policy sends (https://cloud.google.com/logging/docs/alerting/log-based-incidents). */
const NOTIFY_EVERY = "3600s";
const PENDING_MAX_SECONDS = 900;

/**
 * What no line tells, such as the age of a message while nobody calls the batcher, is for the policies of `alerts: "metrics"`.
 * Cloud Run's own line of a request has to stay in the log for these policies: what is excluded is not looked at
 * (log-exclusion.ts).
 */
export function createLogAlerts(context: Context): void {
  const { stack, config, labels, apis, terms } = context;
  terms.made(terms.is(config.alerts, "logs"), (meta) =>
    logAlertsOf(context).map(
      ({ name, severity, cases }) =>
        new MonitoringAlertPolicy(stack, `alert-${name}`, {
          displayName: `${config.prefix}: ${name.replaceAll("-", " ")}`,
          // A policy for log lines has one condition.
          combiner: "OR",
          severity,
          conditions: [
            {
              displayName: name,
              conditionMatchedLog: {
                filter: cases.map(({ filter }) => `(${filter})`).join(" OR "),
                // Each pair of values is an incident of its own, and is told in its notification.
                labelExtractors: {
                  service: "EXTRACT(resource.labels.service_name)",
                  message: "EXTRACT(jsonPayload.message)",
                },
              },
            },
          ],
          documentation: {
            content: cases.map(({ text }) => `- ${text}`).join("\n"),
            mimeType: "text/markdown",
          },
          notificationChannels: terms.list(config.notificationChannels),
          userLabels: labels,
          alertStrategy: { notificationRateLimit: { period: NOTIFY_EVERY }, autoClose: "86400s" },
          dependsOn: apis,
          ...meta,
        }),
    ),
  );
}

function logAlertsOf(context: Context): readonly LogAlert[] {
  const { names } = context;
  const requests = (services: readonly ("receiver" | "batcher" | "loader")[], statuses: string) =>
    `resource.type="cloud_run_revision" AND resource.labels.service_name=(${services
      .map((name) => `"${names.service(name)}"`)
      .join(" OR ")}) AND log_id("run.googleapis.com/requests") AND ${statuses}`;
  const lines = (name: LogMetricName) => linesFilter(context, LOG_METRICS[name].lines);
  return [
    {
      name: "events-are-held-up",
      severity: "CRITICAL",
      cases: [
        {
          filter: requests(["receiver"], "httpRequest.status>=500"),
          text: "receiver: a request was answered 5xx. Senders are not known to try again: its events may be lost. Its log says why under `not accepted`; `npx pullhouse doctor` says what cannot be reached.",
        },
        {
          filter: requests(["batcher", "loader"], "httpRequest.status=(401 OR 403)"),
          text: "batcher or loader, without a message: calls of a task queue or of the safety net are refused. Most often the alarms' account lost its role `run.invoker`.",
        },
        {
          filter: `${lines("pending-age")} AND jsonPayload.oldestPendingSeconds>${PENDING_MAX_SECONDS}`,
          text: "loader, `round`: an object has been pending for more than fifteen minutes. Nothing is lost before `retention.events.deleteAfterDays`, 31 days or more, where that is set. Its log says why under `loaded in part`; ask the table `loads` for the last loads of the type.",
        },
      ],
    },
    {
      name: "something-to-look-at",
      severity: "WARNING",
      cases: [
        {
          filter: lines("failed-drains"),
          text: "batcher, `drained in part`: a round failed, and is repeated. Nothing is lost: messages stay in Pub/Sub for 31 days.",
        },
        {
          filter: lines("failed-loads"),
          text: "loader, `loaded in part`: a round failed, and is repeated. Nothing is lost: marks stay until their rows are committed.",
        },
        {
          filter: lines("dead-letters"),
          text: "batcher, `dead letter`: a message could not be processed and was put away. `npx pullhouse dead-letters list` shows it (docs/operate/dead-letters.md).",
        },
        {
          filter: lines("rejected"),
          text: "loader, `loaded`: events do not fit their schema; they are in the table `rejected_events` with the reasons. Mend the schema file, then `npx pullhouse replay` (docs/operate/replay.md).",
        },
        {
          filter: lines("quarantined"),
          text: "loader or batcher, an object set aside or unreadable: BigQuery refused it, or something in the bucket cannot be read; it is under `quarantine/`. `npx pullhouse dead-letters list` shows it with the reason.",
        },
      ],
    },
  ];
}
