/** What a month of Pullhouse takes, item by item. */
import type { Calls } from "./calls.ts";
import { GIB, type Item, MILLION, monthly, REQUEST_MIN_BYTES, TIB } from "./item.ts";
import { archiveKept, rowsKept } from "./storage.ts";
import { type Model, type Usage, usageOf } from "./usage.ts";

/** https://cloud.google.com/bigquery/pricing#on_demand_pricing: for each table that a query refers to. */
const TABLE_MIN_BYTES = 10 * 1024 ** 2;

export function pullhouseItems(model: Model): readonly Item[] {
  const { workload, assumed } = model;
  const usage = usageOf(model);
  const { calls } = usage;
  return [
    ...runItems(usage),
    ...queueItems(model, calls),
    { product: "Cloud Scheduler", what: "safety net", price: "scheduler", quantity: assumed.schedulerJobs },
    monthly("Cloud Storage", "create and list", "classA", calls.classA / 1000),
    monthly("Cloud Storage", "read", "classB", calls.classB / 1000),
    ...archiveKept(workload, calls.objects, assumed),
    monthly("BigQuery", "MERGE", "query", mergeBytes(model, calls) / TIB),
    ...rowsKept(workload, assumed),
    { product: "Artifact Registry", what: "five images", price: "images", quantity: assumed.imageGigabytes },
    ...secretItems(model, usage),
    ...logItems(model, usage),
    ...alertItems(model),
  ];
}

function runItems({ requests, busy }: Usage): readonly Item[] {
  const services = ["receiver", "batcher", "loader"] as const;
  return [
    ...services.map((name) => monthly("Cloud Run", name, "requests", requests[name] / MILLION)),
    ...services.map((name) => monthly("Cloud Run", name, "cpu", busy[name].cpuSeconds)),
    ...services.map((name) => monthly("Cloud Run", name, "memory", busy[name].gibSeconds)),
  ];
}

/** Empty pulls are taken to count as the smallest request. */
function queueItems({ workload, assumed }: Model, calls: Calls): readonly Item[] {
  const message = workload.eventBytes + assumed.attributeBytes;
  const published = workload.eventsPerDay * Math.max(message, REQUEST_MIN_BYTES);
  const emptyPulls = calls.pulls - calls.fullPulls;
  return [
    monthly("Pub/Sub", "publish", "pubsub", published / TIB),
    monthly(
      "Pub/Sub",
      "pull",
      "pubsub",
      (workload.eventsPerDay * message + emptyPulls * REQUEST_MIN_BYTES) / TIB,
    ),
    monthly("Cloud Tasks", "create and run", "tasks", (calls.tasksCreated + calls.tasksRun) / MILLION),
  ];
}

/**
 * A MERGE reads the whole of its staging table, and of the type's table the keys of the days in question: today's
 * partition, which is half full on average. Load jobs, and the books' INSERT, which reads no table, cost nothing.
 */
function mergeBytes({ workload, assumed }: Model, { plans }: Calls): number {
  if (plans === 0) return 0;
  const staged = (workload.eventsPerDay / plans) * (workload.eventBytes + assumed.rowBytes);
  const today = (workload.eventsPerDay / workload.types / 2) * assumed.keyBytes;
  return plans * (Math.max(staged, TABLE_MIN_BYTES) + Math.max(today, TABLE_MIN_BYTES));
}

function secretItems({ workload }: Model, { receiverStarts }: Usage): readonly Item[] {
  const { secrets } = workload;
  return [
    { product: "Secret Manager", what: "versions", price: "secretVersions", quantity: secrets },
    monthly("Secret Manager", "reads at a start", "secretReads", (secrets * receiverStarts) / 10_000),
  ];
}

/** Cloud Run's own line of a request that went well is not kept (infra/gcp/monitoring/log-exclusion.ts). */
function logItems({ assumed }: Model, { requests }: Usage): readonly Item[] {
  const all = requests.receiver + requests.batcher + requests.loader;
  return [
    monthly("Cloud Logging", "a service's line per request", "logs", (all * assumed.serviceLogBytes) / GIB),
  ];
}

function alertItems({ assumed: { alertMetrics, alertPointsPerMetric } }: Model): readonly Item[] {
  const points = (alertMetrics * alertPointsPerMetric) / MILLION;
  return [
    { product: "Cloud Monitoring", what: "alert policies", price: "alertMetrics", quantity: alertMetrics },
    { product: "Cloud Monitoring", what: "points that they read", price: "alertPoints", quantity: points },
  ];
}
