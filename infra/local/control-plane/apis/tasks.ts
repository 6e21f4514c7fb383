/** Cloud Tasks and Cloud Scheduler: queues and jobs; nothing is dispatched. */
import { type Call, type Handler, type Handlers, timestamp } from "../call.ts";
import { collectionHandlers, existing, fullName, namedIn } from "../collection.ts";
import { type Json, recordAt, textAt } from "../json.ts";

const QUEUES = "cloudtasks.projects.locations.queues";
const JOBS = "cloudscheduler.projects.locations.jobs";

/**
 * The name of a deleted queue is taken for up to this long
 * (https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/delete). The reference adds that a
 * creation may also be answered as done, and the queue then be missing; here it is always refused.
 */
const NAME_BLOCKED_MS = 3 * 86_400_000;

/** https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues: defaults. */
function queue(resource: Json): Json {
  const { maxRetryDuration, ...retryConfig } = recordAt(resource, "retryConfig");
  return {
    ...resource,
    rateLimits: {
      maxDispatchesPerSecond: 500,
      maxBurstSize: 100,
      maxConcurrentDispatches: 1000,
      ...recordAt(resource, "rateLimits"),
    },
    retryConfig: {
      maxAttempts: 100,
      minBackoff: "0.100s",
      maxBackoff: "3600s",
      maxDoublings: 16,
      ...retryConfig,
      // Zero is left out, which the provider has a comment about (suppressOmittedMaxDuration in
      // https://github.com/hashicorp/terraform-provider-google/blob/v6.50.0/google/services/cloudtasks/resource_cloud_tasks_queue.go).
      ...(maxRetryDuration === undefined || maxRetryDuration === "0s" ? {} : { maxRetryDuration }),
    },
    state: textAt(resource, "state") || "RUNNING",
  };
}

/** https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs: defaults. */
function job(resource: Json, { world }: Call): Json {
  const target = recordAt(resource, "httpTarget");
  return {
    timeZone: "Etc/UTC",
    attemptDeadline: "180s",
    ...resource,
    retryConfig: {
      maxRetryDuration: "0s",
      minBackoffDuration: "5s",
      maxBackoffDuration: "3600s",
      maxDoublings: 5,
      ...recordAt(resource, "retryConfig"),
    },
    httpTarget: {
      httpMethod: "POST",
      ...target,
      headers: { "User-Agent": "Google-Cloud-Scheduler", ...recordAt(target, "headers") },
    },
    state: textAt(resource, "state") || "ENABLED",
    userUpdateTime: timestamp(world),
  };
}

const setState =
  (state: string): Handler =>
  (call) => {
    const next = { ...existing(call, namedIn(call)), state };
    call.world.state.resources.set(fullName(call, namedIn(call)), next);
    return next;
  };

export const TASKS: Handlers = {
  ...collectionHandlers({
    prefix: QUEUES,
    schema: "Queue",
    items: "queues",
    created: ({ body }) => textAt(body, "name"),
    filled: queue,
    afterDelete: ({ world, ...call }, name) =>
      world.state.blocked.set(fullName({ world, ...call }, name), world.nowMs() + NAME_BLOCKED_MS),
  }),
  [`${QUEUES}.pause`]: setState("PAUSED"),
  [`${QUEUES}.resume`]: setState("RUNNING"),
  ...collectionHandlers({
    prefix: JOBS,
    schema: "Job",
    items: "jobs",
    created: ({ body }) => textAt(body, "name"),
    filled: job,
  }),
  [`${JOBS}.pause`]: setState("PAUSED"),
  [`${JOBS}.resume`]: setState("ENABLED"),
};
