/** A task as it is kept, and as the API shows it. */
import type { Attempt, HttpMethod, OidcToken, TaskMessage, View } from "./messages.ts";
import { durationOf, type Micros, timestampOf } from "./time.ts";

export interface TaskRecord {
  readonly name: string;
  readonly queue: string;
  /** When it is to be attempted next. */
  readonly scheduleMicros: Micros;
  readonly createMicros: Micros;
  readonly deadlineMs: number;
  readonly request: TaskRequest;
  readonly body: Uint8Array;
  /** Attempts dispatched, answered or not. */
  readonly dispatchCount: number;
  /** Attempts that were answered. */
  readonly responseCount: number;
  /** Attempts that were answered with a status below 500; X-CloudTasks-TaskExecutionCount. */
  readonly executionCount: number;
  /** The HTTP status of the last answer; X-CloudTasks-TaskPreviousResponse. */
  readonly previousResponse: number | null;
  readonly firstAttempt: Attempt | null;
  readonly lastAttempt: Attempt | null;
}

export interface TaskRequest {
  readonly url: string;
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  /** Kept and shown, never used: Cloud Run checks the token in front of a service, and nothing local does. */
  readonly oidcToken: OidcToken | null;
}

const NO_BYTES = new Uint8Array();

/** BASIC leaves out the body, as task.proto says. */
export function taskMessage(task: TaskRecord, view: View): TaskMessage {
  const full = view === "FULL";
  return {
    name: task.name,
    httpRequest: {
      url: task.request.url,
      httpMethod: task.request.method,
      headers: task.request.headers,
      body: full ? task.body : NO_BYTES,
      oidcToken: task.request.oidcToken,
    },
    scheduleTime: timestampOf(task.scheduleMicros),
    // "create_time will be truncated to the nearest second"
    createTime: { seconds: Math.floor(task.createMicros / 1_000_000), nanos: 0 },
    dispatchDeadline: durationOf(task.deadlineMs),
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    firstAttempt: task.firstAttempt,
    lastAttempt: task.lastAttempt,
    view: full ? "FULL" : "BASIC",
  };
}
