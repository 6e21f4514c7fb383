/** One attempt of a task: the HTTP request that Cloud Tasks sends, and what comes of it. */
import { Agent, request } from "node:http";
import { whyNotCalled } from "./http-target.ts";
import { idOf } from "./resource-names.ts";
import type { TaskRecord } from "./task-record.ts";

export type AttemptOutcome =
  | { readonly outcome: "answered"; readonly httpStatus: number }
  | { readonly outcome: "deadline" }
  | { readonly outcome: "unreachable"; readonly reason: string };

/** The stand-in ended first: whatever the service does with the request, nobody will know. */
export interface Stopped {
  readonly outcome: "stopped";
}

/** A connection for each attempt: a kept one may be closed by the service at the moment it is used. */
const agent = new Agent({ keepAlive: false });

/**
 * Resolves once the answer is read to its end; never rejects. Redirects are not followed (Cloud Tasks "may"),
 * so that nothing outside this machine is called: a 3xx is a failed attempt.
 * @param task as its queue sends it, with this attempt counted in `dispatchCount`
 * @param stop aborts the request when the stand-in ends
 */
export function sendAttempt(task: TaskRecord, stop: AbortSignal): Promise<AttemptOutcome | Stopped> {
  // The queue's target may have changed since the task was created.
  const why = whyNotCalled(task.request.url);
  if (why !== undefined) return Promise.resolve({ outcome: "unreachable", reason: why });
  // Not fetch: it gives up on a slow answer after five minutes, before the default deadline of ten.
  const deadline = AbortSignal.timeout(task.deadlineMs);
  return new Promise((resolve) => {
    const failed = (error: Error) => {
      if (stop.aborted) resolve({ outcome: "stopped" });
      else if (deadline.aborted) resolve({ outcome: "deadline" });
      else resolve({ outcome: "unreachable", reason: error.message });
    };
    const outgoing = request(
      task.request.url,
      {
        agent,
        method: task.request.method,
        headers: { ...task.request.headers, ...cloudTasksHeaders(task) },
        signal: AbortSignal.any([stop, deadline]),
      },
      (response) => {
        response.on("error", failed);
        response.on("end", () => resolve({ outcome: "answered", httpStatus: response.statusCode ?? 0 }));
        response.resume();
      },
    );
    outgoing.on("error", failed);
    outgoing.end(task.body);
  });
}

/** https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler, "HTTP request headers". */
function cloudTasksHeaders(task: TaskRecord): Record<string, string> {
  const headers: Record<string, string> = {
    "User-Agent": "Google-Cloud-Tasks",
    "Content-Length": String(task.body.length),
    "X-CloudTasks-QueueName": idOf(task.queue),
    "X-CloudTasks-TaskName": idOf(task.name),
    "X-CloudTasks-TaskRetryCount": String(task.dispatchCount - 1),
    "X-CloudTasks-TaskExecutionCount": String(task.executionCount),
    // Seconds since 1970, with the fraction.
    "X-CloudTasks-TaskETA": (task.scheduleMicros / 1_000_000).toFixed(6),
  };
  if (task.previousResponse !== null) {
    headers["X-CloudTasks-TaskPreviousResponse"] = String(task.previousResponse);
  }
  return headers;
}
