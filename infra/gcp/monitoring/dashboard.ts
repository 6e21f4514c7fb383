/** One page that shows the way of the events, from request to row. */
import type { LoggingMetric } from "@cdktf/provider-google/lib/logging-metric/index.js";
import { MonitoringDashboard } from "@cdktf/provider-google/lib/monitoring-dashboard/index.js";
import type { Context } from "../context.ts";
import type { LogMetricName } from "./log-metrics.ts";

interface Chart {
  readonly title: string;
  readonly filter: string;
  readonly aligner: string;
  readonly reducer?: string;
  readonly by?: readonly string[];
  readonly unit?: string;
}

const COLUMNS = 12;
const WIDTH = 4;
const HEIGHT = 4;

export function createDashboard(
  context: Context,
  metrics: ReadonlyMap<LogMetricName, LoggingMetric>,
): MonitoringDashboard {
  const { stack, config, apis } = context;
  const tiles = chartsOf(context, metrics).map((chart, index) => ({
    ...nonZero("xPos", (index * WIDTH) % COLUMNS),
    ...nonZero("yPos", Math.floor((index * WIDTH) / COLUMNS) * HEIGHT),
    width: WIDTH,
    height: HEIGHT,
    widget: widget(chart),
  }));
  return new MonitoringDashboard(stack, "dashboard", {
    // https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
    dashboardJson: JSON.stringify({
      displayName: config.prefix,
      mosaicLayout: { columns: COLUMNS, tiles },
    }),
    dependsOn: apis,
  });
}

/** The API answers without zeros, and a plan would change them back each time (https://protobuf.dev/programming-guides/json/). */
function nonZero(name: string, value: number): Readonly<Record<string, number>> {
  return value === 0 ? {} : { [name]: value };
}

function chartsOf({ names }: Context, metrics: ReadonlyMap<LogMetricName, LoggingMetric>): readonly Chart[] {
  const run = (metric: string, service: "receiver" | "batcher" | "loader") =>
    `metric.type="run.googleapis.com/${metric}" resource.type="cloud_run_revision" resource.label.service_name="${names.service(service)}"`;
  const pubsub = (metric: string) =>
    `metric.type="pubsub.googleapis.com/subscription/${metric}" resource.type="pubsub_subscription" resource.label.subscription_id="${names.subscription}"`;
  const log = (name: LogMetricName) =>
    `metric.type="logging.googleapis.com/user/${metrics.get(name)?.name}" resource.type="cloud_run_revision"`;
  const sum = "REDUCE_SUM";
  return [
    {
      title: "Requests per second, by answer",
      filter: run("request_count", "receiver"),
      aligner: "ALIGN_RATE",
      reducer: sum,
      by: ["metric.label.response_code"],
    },
    {
      title: "Receiver latency, 99th percentile",
      filter: run("request_latencies", "receiver"),
      aligner: "ALIGN_PERCENTILE_99",
      reducer: "REDUCE_MAX",
      by: ["resource.label.location"],
      unit: "ms",
    },
    {
      title: "Receivers running",
      filter: run("container/instance_count", "receiver"),
      aligner: "ALIGN_MAX",
      reducer: sum,
      by: ["resource.label.location"],
    },
    {
      title: "Messages waiting in Pub/Sub",
      filter: pubsub("num_undelivered_messages"),
      aligner: "ALIGN_MAX",
    },
    {
      title: "Oldest message in Pub/Sub",
      filter: pubsub("oldest_unacked_message_age"),
      aligner: "ALIGN_MAX",
      unit: "s",
    },
    {
      title: "Oldest pending mark",
      filter: log("pending-age"),
      aligner: "ALIGN_PERCENTILE_99",
      reducer: "REDUCE_MAX",
      unit: "s",
    },
    {
      title: "Rows inserted per load",
      filter: log("rows"),
      aligner: "ALIGN_PERCENTILE_50",
      reducer: "REDUCE_MAX",
    },
    {
      title: "Rounds that failed: batcher",
      filter: log("failed-drains"),
      aligner: "ALIGN_DELTA",
      reducer: sum,
    },
    {
      title: "Rounds that failed: loader",
      filter: log("failed-loads"),
      aligner: "ALIGN_DELTA",
      reducer: sum,
    },
    { title: "Loads of rejected events", filter: log("rejected"), aligner: "ALIGN_DELTA", reducer: sum },
    {
      title: "Loads of events without a schema",
      filter: log("unregistered"),
      aligner: "ALIGN_DELTA",
      reducer: sum,
    },
    {
      title: "Set aside: objects in quarantine",
      filter: log("quarantined"),
      aligner: "ALIGN_DELTA",
      reducer: sum,
    },
  ];
}

function widget({ title, filter, aligner, reducer, by, unit }: Chart) {
  return {
    title,
    xyChart: {
      dataSets: [
        {
          plotType: "LINE",
          timeSeriesQuery: {
            timeSeriesFilter: {
              filter,
              aggregation: {
                alignmentPeriod: "60s",
                perSeriesAligner: aligner,
                ...(reducer === undefined ? {} : { crossSeriesReducer: reducer }),
                ...(by === undefined ? {} : { groupByFields: by }),
              },
            },
            ...(unit === undefined ? {} : { unitOverride: unit }),
          },
        },
      ],
    },
  };
}
