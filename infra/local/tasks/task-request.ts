/** Turns the task of a CreateTask call into a record, or refuses it as Cloud Tasks would. */
import { validateHeaderName, validateHeaderValue } from "node:http";
import { StatusError } from "../grpc/status-error.ts";
import { overridden, whyNotCalled } from "./http-target.ts";
import type { HttpMethod, HttpRequestMessage, TaskMessage } from "./messages.ts";
import type { QueueRecord } from "./store-queues.ts";
import type { TaskRecord, TaskRequest } from "./task-record.ts";
import { microsOf, msOf } from "./time.ts";

/** task.proto, `dispatch_deadline`, for HTTP tasks. */
const DEFAULT_DEADLINE_MS = 10 * 60_000;
const MIN_DEADLINE_MS = 15_000;
const MAX_DEADLINE_MS = 30 * 60_000;

/** "Maximum schedule time for a task: 30 days" (https://cloud.google.com/tasks/docs/quotas). */
const MAX_AHEAD_MS = 30 * 24 * 60 * 60_000;

/** target.proto, `HttpRequest`. */
const MAX_URL_LENGTH = 2083;
const MAX_HEADERS_BYTES = 80 * 1024;
const BODY_METHODS: readonly HttpMethod[] = ["POST", "PUT", "PATCH"];

/** "Maximum task size: 1 MB" (https://cloud.google.com/tasks/docs/quotas). */
const MAX_BODY_BYTES = 1024 * 1024;

/** Cloud Tasks sets these itself; what a task says is dropped (target.proto, `HttpRequest.headers`). */
const REPLACED_HEADERS = /^(host|content-length|user-agent|x-google-.*|x-appengine-.*|x-cloudtasks-.*)$/i;

/**
 * @param name the checked name of the task, given or generated
 * @param queue which it is for
 * @throws StatusError INVALID_ARGUMENT, or UNIMPLEMENTED for App Engine tasks and OAuth tokens
 */
export function taskRecord(given: TaskMessage, name: string, queue: QueueRecord, nowMs: number): TaskRecord {
  if (given.appEngineHttpRequest) {
    throw new StatusError("UNIMPLEMENTED", "App Engine tasks are not served here; set http_request");
  }
  if (!given.httpRequest) refuse("task.http_request is missing");
  const nowMicros = nowMs * 1000;
  const scheduleMicros = given.scheduleTime ? microsOf(given.scheduleTime) : nowMicros;
  if (scheduleMicros > nowMicros + MAX_AHEAD_MS * 1000) {
    refuse("task.schedule_time is more than 30 days ahead");
  }
  const request = httpRequest(given.httpRequest);
  const why = whyNotCalled(overridden(request, queue.settings.httpTarget).url);
  if (why !== undefined) refuse(`task.http_request.url: ${why}`);
  return {
    name,
    queue: queue.name,
    scheduleMicros: Math.max(scheduleMicros, nowMicros),
    createMicros: nowMicros,
    deadlineMs: deadlineMs(given),
    request,
    body: given.httpRequest.body,
    dispatchCount: 0,
    responseCount: 0,
    executionCount: 0,
    previousResponse: null,
    firstAttempt: null,
    lastAttempt: null,
  };
}

function deadlineMs(given: TaskMessage): number {
  if (!given.dispatchDeadline) return DEFAULT_DEADLINE_MS;
  const ms = Math.floor(msOf(given.dispatchDeadline));
  if (ms < MIN_DEADLINE_MS || ms > MAX_DEADLINE_MS) {
    refuse("task.dispatch_deadline must be from 15 seconds to 30 minutes");
  }
  return ms;
}

function httpRequest(given: HttpRequestMessage): TaskRequest {
  if (given.oauthToken) {
    throw new StatusError(
      "UNIMPLEMENTED",
      "OAuth tokens are for Google's own APIs, which are never called here",
    );
  }
  if (given.oidcToken && !given.oidcToken.serviceAccountEmail) {
    refuse("task.http_request.oidc_token.service_account_email is missing");
  }
  const method = given.httpMethod === "HTTP_METHOD_UNSPECIFIED" ? "POST" : given.httpMethod;
  if (given.body.length > 0 && !BODY_METHODS.includes(method)) refuse(`a ${method} task takes no body`);
  if (given.body.length > MAX_BODY_BYTES) refuse("task.http_request.body is larger than 1 MiB");
  checkUrl(given.url);
  // A token asked for overrides every Authorization header of the task, even where no token is made.
  const dropped = (header: string) =>
    REPLACED_HEADERS.test(header) || (Boolean(given.oidcToken) && header.toLowerCase() === "authorization");
  const headers = Object.fromEntries(Object.entries(given.headers).filter(([header]) => !dropped(header)));
  checkHeaders(headers);
  return { url: given.url, method, headers, oidcToken: given.oidcToken ?? null };
}

function checkUrl(text: string): void {
  const url = URL.parse(text);
  if (!url || text.length > MAX_URL_LENGTH) {
    refuse(`task.http_request.url is not a URL of at most ${MAX_URL_LENGTH} characters`);
  }
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      refuse(`task.http_request.headers: ${(error as Error).message}`);
    }
  }
  if (bytes >= MAX_HEADERS_BYTES) refuse("task.http_request.headers are 80 KB or more");
}

function refuse(message: string): never {
  throw new StatusError("INVALID_ARGUMENT", message);
}
