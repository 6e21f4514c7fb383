/** What the alarms take for granted of Cloud Tasks. */
import { type ApiRequest, messageOf, read } from "../api.ts";
import { type Assumption, type Evidence, failed, heldIf, untold } from "../assumption.ts";
import { timeSeries } from "../monitoring.ts";

const product = "Cloud Tasks";
const NO_REST = "the emulator speaks gRPC only";

type QueueVariable = "TASKS_QUEUE_DRAIN" | "TASKS_QUEUE_LOAD" | "TASKS_QUEUE_ROLLUP";

function queueOf({ deployment }: Evidence, variable: QueueVariable): string {
  const { env } = deployment;
  return `${locationOf(deployment.env)}/queues/${env[variable] as string}`;
}

const locationOf = (env: Readonly<Record<string, string>>) =>
  `/projects/${env["GOOGLE_CLOUD_PROJECT"] as string}/locations/${env["GOOGLE_CLOUD_LOCATION"] as string}`;

const call = ({ deployment }: Evidence, request: ApiRequest) => deployment.api.call("cloudtasks", request);

const TARGET_WITHIN_MS = 90_000;
/** A line is written when the first days are counted: six tables and as many statements. */
const COUNTED_WITHIN_MS = 300_000;
const POLL_MS = 5_000;
/** Reserved: nobody answers there (https://www.rfc-editor.org/rfc/rfc2606#section-2). */
const ELSEWHERE = "https://acceptance.invalid/elsewhere?recheck=1";
const ROLLUP_ELSEWHERE = "https://acceptance.invalid/elsewhere?rollup=1";
const NO_TARGET = "the emulator's queues have no HTTP target";

/** @returns what Cloud Tasks said when it did not take the task, or whether it was seen to arrive in time */
async function arrives(
  evidence: Evidence,
  queue: QueueVariable,
  url: string,
  isSeen: () => Promise<boolean>,
  withinMs: number,
): Promise<boolean | string> {
  const { clock } = evidence;
  const created = await call(evidence, {
    method: "POST",
    path: `${queueOf(evidence, queue)}/tasks`,
    body: { task: { httpRequest: { httpMethod: "POST", url } } },
  });
  if (created.status !== 200) return `the task was not created: ${created.status} ${messageOf(created.body)}`;
  const until = clock.now() + withinMs;
  while (clock.now() < until) {
    if (await isSeen()) return true;
    await clock.sleep(POLL_MS);
  }
  return false;
}

const queueTarget: Assumption = {
  id: "queue-target-overrides-task",
  product,
  statement: "A queue's own HTTP target replaces host, path and token of its tasks.",
  source: "https://cloud.google.com/tasks/docs/configuring-queues#routing",
  onlyGoogle: NO_TARGET,
  async check(evidence) {
    const { deployment } = evidence;
    const rounds = async () =>
      (await deployment.lines("batcher")).filter(
        ({ message }) => message === "empty" || message === "drained",
      ).length;
    const before = await rounds();
    const isAwake = async () => (await rounds()) > before;
    const arrived = await arrives(evidence, "TASKS_QUEUE_DRAIN", ELSEWHERE, isAwake, TARGET_WITHIN_MS);
    if (typeof arrived === "string") return untold(arrived);
    return arrived
      ? heldIf(true, `a task for ${ELSEWHERE} woke the batcher`)
      : failed(`a task for ${ELSEWHERE} didn't wake the batcher`);
  },
};

/** The samples have days that are over; nothing else than a task's query asks to have them counted. */
const queueTargetQuery: Assumption = {
  id: "queue-target-keeps-query",
  product,
  statement: "A queue's own HTTP target that replaces the path of its tasks leaves their query as it is.",
  source: "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#urioverride",
  onlyGoogle: NO_TARGET,
  async check(evidence) {
    const hasCounted = async () =>
      (await evidence.deployment.lines("loader")).some(({ message }) => message === "rolled up");
    if (await hasCounted()) return heldIf(true, "the rollups' alarm had the loader count days");
    const arrived = await arrives(
      evidence,
      "TASKS_QUEUE_ROLLUP",
      ROLLUP_ELSEWHERE,
      hasCounted,
      COUNTED_WITHIN_MS,
    );
    if (typeof arrived === "string") return untold(arrived);
    return arrived
      ? heldIf(true, `a task for ${ROLLUP_ELSEWHERE} had the loader count days`)
      : failed(`after a task for ${ROLLUP_ELSEWHERE} the loader counted no day`);
  },
};

const HOUR_MS = 3_600_000;

const taskName: Assumption = {
  id: "task-name-is-taken-once",
  product,
  statement:
    "A task's name is taken once, and stays taken for a while after the task has run or was deleted.",
  source: "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create",
  onlyGoogle: NO_REST,
  async check(evidence) {
    const { clock } = evidence;
    const queue = queueOf(evidence, "TASKS_QUEUE_LOAD");
    const name = `${queue.slice(1)}/tasks/acceptance-${clock.now()}`;
    const create = () =>
      call(evidence, {
        method: "POST",
        path: `${queue}/tasks`,
        body: {
          task: {
            name,
            // It is deleted long before.
            scheduleTime: new Date(clock.now() + HOUR_MS).toISOString(),
            httpRequest: { httpMethod: "POST", url: ELSEWHERE },
          },
        },
      });
    const first = await create();
    if (first.status !== 200)
      return untold(`the task was not created: ${first.status} ${messageOf(first.body)}`);
    const second = await create();
    await call(evidence, { method: "DELETE", path: `/${name}` });
    const third = await create();
    return heldIf(
      second.status === 409 && third.status === 409,
      `second ${second.status}, after its deletion ${third.status}`,
    );
  },
};

/** Spellings of success that are known (infra/gcp/monitoring/alerts.ts). */
const SUCCESS: ReadonlySet<string> = new Set(["ok", "OK", "200"]);

const label: Assumption = {
  id: "attempt-label-of-success",
  product,
  statement: `The label response_code of task_attempt_count is one of ${[...SUCCESS].join(", ")} for a task that went well.`,
  source: "https://cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudtasks",
  onlyGoogle: "the local cloud has no metrics of task queues",
  async check({ deployment, observed, clock }) {
    const queue = deployment.env["TASKS_QUEUE_DRAIN"] as string;
    const filter = `metric.type = "cloudtasks.googleapis.com/queue/task_attempt_count" AND resource.labels.queue_id = "${queue}"`;
    const project = deployment.env["GOOGLE_CLOUD_PROJECT"] as string;
    const series = await timeSeries(deployment.api, project, filter, {
      from: observed.startedAt,
      until: clock.now(),
    });
    if (series.length === 0) return untold("Cloud Monitoring shows no attempt yet");
    const codes = series.map(({ labels, sum }) => `${labels["response_code"] ?? "none"} ${sum} times`);
    return heldIf(
      series.some(({ labels }) => SUCCESS.has(labels["response_code"] ?? "")),
      codes.join(", "),
    );
  },
};

const nameBlocked: Assumption = {
  id: "deleted-queue-blocks-its-name",
  product,
  statement:
    "The name of a deleted queue is blocked for days, so that a deployment soon after needs another queueSuffix.",
  source: "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/delete",
  onlyGoogle: "the emulator ends with the run",
  when: "after",
  async check(evidence) {
    const { deployment } = evidence;
    const queue = queueOf(evidence, "TASKS_QUEUE_DRAIN");
    const created = await call(evidence, {
      method: "POST",
      path: `${locationOf(deployment.env)}/queues`,
      body: { name: queue.slice(1) },
    });
    // It may seem to be created: only a later look tells (the source).
    const seen = await call(evidence, { path: queue });
    if (seen.status === 200) await read(deployment.api, "cloudtasks", { method: "DELETE", path: queue });
    return heldIf(
      seen.status === 404,
      `creating it again answered ${created.status}, a look at it ${seen.status}: ${messageOf(created.body)}`,
    );
  },
};

const idleQueue: Assumption = {
  id: "idle-queue-may-be-not-found",
  product,
  statement:
    "A queue that was idle for 30 days may answer NOT_FOUND for minutes; the event then waits for the safety net at most.",
  source: "https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#State",
  onlyGoogle: "it takes thirty days",
  check: async () => untold("it takes thirty days"),
};

export const TASKS: readonly Assumption[] = [
  queueTarget,
  queueTargetQuery,
  taskName,
  label,
  nameBlocked,
  idleQueue,
];
