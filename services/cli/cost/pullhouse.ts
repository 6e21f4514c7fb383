/** What a month of Pullhouse takes, item by item. */
import { RECEIVER_SHAPES } from "#services/shared/receiver-shape.ts";
import type { Assumed } from "./assumptions.ts";
import type { Calls } from "./calls.ts";
import { GIB, type Item, MILLION, monthly, REQUEST_MIN_BYTES, TIB } from "./item.ts";
import { archiveKept, rowsKept } from "./storage.ts";
import { trafficOf, type Workload } from "./traffic.ts";
import { isInline, type Model, type Usage, usageOf } from "./usage.ts";

/** https://cloud.google.com/bigquery/pricing#on_demand_pricing: for each table that a query refers to. */
export const TABLE_MIN_BYTES = 10 * 1024 ** 2;

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
    monthly("BigQuery", "counting days", "query", rollupBytes(model) / TIB),
    ...rowsKept(workload, assumed),
    { product: "Artifact Registry", what: "five images", price: "images", quantity: assumed.imageGigabytes },
    ...secretItems(model, usage),
    ...balancerItems(model),
    ...logItems(model, usage),
    ...alertItems(model),
  ];
}

function runItems({ requests, busy, shape }: Usage): readonly Item[] {
  const services = ["receiver", "batcher", "loader"] as const;
  const byInstance = (name: (typeof services)[number]) =>
    name === "receiver" && RECEIVER_SHAPES[shape].billing === "instances";
  return [
    ...services
      .filter((name) => !byInstance(name))
      .map((name) => monthly("Cloud Run", name, "requests", requests[name] / MILLION)),
    ...services.map((name) =>
      monthly("Cloud Run", name, byInstance(name) ? "cpuOfInstance" : "cpu", busy[name].cpuSeconds),
    ),
    ...services.map((name) =>
      monthly("Cloud Run", name, byInstance(name) ? "memoryOfInstance" : "memory", busy[name].gibSeconds),
    ),
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
 * A MERGE reads of the type's table the keys around the times of its rows, and of a staging table, where there is one, all of
 * it. Load jobs, and the INSERT into the table loads, which reads no table, cost nothing.
 */
export function mergeBytes({ workload, assumed, counted }: Model, { plans }: Calls): number {
  if (counted?.mergeBytes !== undefined) return counted.mergeBytes;
  if (plans === 0) return 0;
  const staged = stagedBytes(workload.eventsPerDay / plans, workload, assumed);
  const day = (workload.eventsPerDay / workload.types) * assumed.keyBytes;
  // Today's partition is half full on average.
  const read = Math.min(day / 2, (day * assumed.mergeHours) / 24);
  return plans * (staged + Math.max(read, TABLE_MIN_BYTES));
}

/** Read of the staging table of a plan; 0 where its rows go as a parameter. */
export function stagedBytes(
  rows: number,
  { eventBytes }: Pick<Workload, "eventBytes">,
  assumed: Assumed,
): number {
  if (isInline(rows, { workload: { eventBytes }, assumed })) return 0;
  return Math.max(rows * (eventBytes + assumed.rowBytes), TABLE_MIN_BYTES);
}

/** Once a day, as if every event were a pull. A day that gets rows afterwards is counted again, which is not in it. */
export function rollupBytes({ workload: { eventsPerDay }, assumed, counted }: Model): number {
  if (counted?.rollupBytes !== undefined) return counted.rollupBytes;
  if (eventsPerDay === 0) return 0;
  return Math.max(eventsPerDay * assumed.rollupBytes, assumed.rollupTables * TABLE_MIN_BYTES);
}

function secretItems({ workload }: Model, { receiverStarts }: Usage): readonly Item[] {
  const { secrets } = workload;
  return [
    { product: "Secret Manager", what: "versions", price: "secretVersions", quantity: secrets },
    monthly("Secret Manager", "reads at a start", "secretReads", (secrets * receiverStarts) / 10_000),
  ];
}

/** The answers are some hundred bytes. Cloud Armor is not in it: no price list of its policies and rules was found to read. */
function balancerItems({ workload, assumed }: Model): readonly Item[] {
  if (workload.loadBalancer === undefined) return [];
  const bytes = workload.eventsPerDay * (workload.eventBytes + assumed.attributeBytes);
  const product = "Cloud Load Balancing";
  return [
    monthly(product, "forwarding rule", "forwardingRule", 24),
    monthly(product, "what comes in", "balanced", bytes / GIB),
  ];
}

/**
 * A receiver writes a line a minute (services/receiver/accepted-log.ts), batcher and loader one per request. Cloud Run's own line
 * of a request that went well is not kept (infra/gcp/monitoring/log-exclusion.ts).
 */
function logItems({ workload, assumed }: Model, { requests, busy }: Usage): readonly Item[] {
  const minutes = trafficOf({ ...workload, windowSeconds: 60 }).windows * busy.receiver.instances;
  const lines = Math.min(requests.receiver, minutes) + requests.batcher + requests.loader;
  return [monthly("Cloud Logging", "the services' lines", "logs", (lines * assumed.serviceLogBytes) / GIB)];
}

function alertItems({ assumed: { alertMetrics } }: Model): readonly Item[] {
  return [
    { product: "Cloud Monitoring", what: "alert policies", price: "alertMetrics", quantity: alertMetrics },
  ];
}
