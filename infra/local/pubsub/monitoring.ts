/**
 * What Cloud Monitoring tells of a subscription, as its REST API does: Pub/Sub's own API does not say how much waits.
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
 */
import type { RequestListener } from "node:http";
import type { Store } from "./store.ts";
import type { Backlog } from "./store-messages.ts";

const PATH = /^\/v3\/projects\/([^/]+)\/timeSeries$/;
const FILTER = /^metric\.type = "([^"]+)" AND resource\.labels\.subscription_id = "([^"]+)"$/;

/** https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub */
const METRICS: Readonly<Record<string, (backlog: Backlog, nowMs: number) => number>> = {
  "pubsub.googleapis.com/subscription/num_undelivered_messages": ({ messages }) => messages,
  "pubsub.googleapis.com/subscription/oldest_unacked_message_age": ({ oldestMs }, nowMs) =>
    oldestMs === undefined ? 0 : Math.floor((nowMs - oldestMs) / 1000),
};

interface Reply {
  readonly status: number;
  readonly body: object;
}

export function monitoring(store: Store, now: () => number): RequestListener {
  return (request, response) => {
    const { status, body } = replyTo(new URL(request.url ?? "/", "http://local"), store, now());
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
}

function replyTo({ pathname, searchParams }: URL, store: Store, nowMs: number): Reply {
  const [, project] = PATH.exec(pathname) ?? [];
  if (project === undefined) return refusal(404, "Not found");
  const [, type = "", id] = FILTER.exec(searchParams.get("filter") ?? "") ?? [];
  const measure = METRICS[type];
  if (measure === undefined)
    return refusal(400, "The local Pub/Sub answers for its backlog only, of one subscription at a time");
  const subscription = store.subscriptions.get(`projects/${project}/subscriptions/${id}`);
  if (subscription === undefined) return { status: 200, body: {} };
  const value = measure(store.messages.backlog(subscription.id), nowMs);
  const endTime = new Date(nowMs).toISOString();
  const point = { interval: { startTime: endTime, endTime }, value: { int64Value: String(value) } };
  const labels = { project_id: project, subscription_id: id };
  const series = {
    metric: { type },
    resource: { type: "pubsub_subscription", labels },
    metricKind: "GAUGE",
    valueType: "INT64",
    points: [point],
  };
  return { status: 200, body: { timeSeries: [series] } };
}

function refusal(code: number, message: string): Reply {
  return { status: code, body: { error: { code, message } } };
}
