/** What else would bring the same events into BigQuery, item by item; the receiver is always one of Cloud Run's. */
import { busyWithRequests } from "./compute.ts";
import { DAYS_PER_MONTH, GIB, type Item, MILLION, monthly, REQUEST_MIN_BYTES, TIB } from "./item.ts";
import { rowsKept } from "./storage.ts";
import { trafficOf } from "./traffic.ts";
import type { Model } from "./usage.ts";

/** One hop of an event through a service of Cloud Run. */
interface Hop {
  readonly name: string;
  /** Containers of an instance with the default of one vCPU and half a GiB each. */
  readonly containers: number;
}

/**
 * Chainguard's example, `event-recorder` of chainguard-dev/platform-examples with the modules of
 * chainguard-dev/terraform-infra-common: trampoline, broker ingress, Pub/Sub, push to the recorder. The modules add a
 * collector of metrics to each service, and the recorder has one container more, which uploads every three minutes
 * what has come; a transfer, which is free, loads the files.
 */
export function chainguardItems(model: Model): readonly Item[] {
  const { workload, assumed } = model;
  const { ends, windows } = trafficOf({ ...workload, windowSeconds: UPLOAD_SECONDS });
  const message = workload.eventBytes + assumed.attributeBytes;
  return [
    ...hopItems(model, [
      { name: "trampoline", containers: 2 },
      { name: "broker ingress", containers: 2 },
      { name: "recorder", containers: 3 },
    ]),
    pubsub("publish", workload.eventsPerDay * Math.max(message, REQUEST_MIN_BYTES)),
    pubsub("push", workload.eventsPerDay * Math.max(message, REQUEST_MIN_BYTES)),
    monthly("Cloud Storage", "create and list", "classA", ((windows + ends) * workload.types) / 1000),
    ...rowsKept(workload, assumed),
  ];
}

const UPLOAD_SECONDS = 180;

/** Pub/Sub writes into the table itself: at least once, no archive, and a misfit goes to the dead letters. */
export function subscriptionItems(model: Model): readonly Item[] {
  const { workload, assumed } = model;
  const message = workload.eventBytes + assumed.attributeBytes;
  return [
    ...hopItems(model, [{ name: "receiver", containers: 1 }]),
    pubsub("publish", workload.eventsPerDay * Math.max(message, REQUEST_MIN_BYTES)),
    monthly("Pub/Sub", "to BigQuery", "pubsubToBigQuery", (workload.eventsPerDay * message) / TIB),
    ...rowsKept(workload, assumed),
  ];
}

/** The worker that Streaming Engine has by default (n1-standard-2); one is the least that a job has, day and night. */
const WORKER = { cpu: 2, memory: 7.5 } as const;

/** The units of Streaming Engine and the worker's disk come on top: no price for them was found. */
export function dataflowItems(model: Model): readonly Item[] {
  const { workload, assumed } = model;
  const message = workload.eventBytes + assumed.attributeBytes;
  const hours = 24 * DAYS_PER_MONTH;
  return [
    ...hopItems(model, [{ name: "receiver", containers: 1 }]),
    pubsub("publish", workload.eventsPerDay * Math.max(message, REQUEST_MIN_BYTES)),
    pubsub("pull", workload.eventsPerDay * message),
    { product: "Dataflow", what: "one worker", price: "dataflowCpu", quantity: WORKER.cpu * hours },
    { product: "Dataflow", what: "one worker", price: "dataflowMemory", quantity: WORKER.memory * hours },
    monthly(
      "BigQuery",
      "Storage Write API",
      "storageWrite",
      (workload.eventsPerDay * (workload.eventBytes + assumed.rowBytes)) / GIB,
    ),
    ...rowsKept(workload, assumed),
  ];
}

/** Each hop is taken to be as quick as our receiver. */
function hopItems({ workload, assumed }: Model, hops: readonly Hop[]): readonly Item[] {
  const traffic = trafficOf(workload);
  const { cpuSeconds, gibSeconds } = busyWithRequests(traffic, workload, assumed);
  const logged = workload.eventsPerDay * (assumed.requestLogBytes + assumed.otherLogBytes);
  return [
    ...hops.map(({ name }) => monthly("Cloud Run", name, "requests", workload.eventsPerDay / MILLION)),
    ...hops.map(({ name, containers }) => monthly("Cloud Run", name, "cpu", cpuSeconds * containers)),
    ...hops.map(({ name, containers }) => monthly("Cloud Run", name, "memory", gibSeconds * containers)),
    monthly("Cloud Logging", "requests and services", "logs", (logged * hops.length) / GIB),
  ];
}

function pubsub(what: string, bytesPerDay: number): Item {
  return monthly("Pub/Sub", what, "pubsub", bytesPerDay / TIB);
}
