/** What an attempt leaves in the store: before it is sent, and once it has come back. */
import { backoffMs, isExhausted } from "./backoff.ts";
import type { AttemptOutcome } from "./http-attempt.ts";
import type { Attempt } from "./messages.ts";
import { isSuccess, responseStatus } from "./response-status.ts";
import type { Store } from "./store.ts";
import { TASK_NAME_TAKEN_MS } from "./store-names.ts";
import type { TaskRecord } from "./task-record.ts";
import { microsOf, timestampOf } from "./time.ts";

/** Counts an attempt that is about to be sent. */
export function recordDispatch(store: Store, task: TaskRecord, nowMs: number): TaskRecord {
  const attempt: Attempt = {
    scheduleTime: timestampOf(task.scheduleMicros),
    dispatchTime: timestampOf(nowMs * 1000),
    responseTime: null,
    responseStatus: null,
  };
  const dispatched: TaskRecord = {
    ...task,
    dispatchCount: task.dispatchCount + 1,
    // "Only dispatch_time will be set" (task.proto, `first_attempt`).
    firstAttempt: task.firstAttempt ?? { ...attempt, scheduleTime: null },
    lastAttempt: attempt,
  };
  store.atomically(() => {
    store.tasks.update(dispatched);
    store.tasks.addInFlight(task.name, 1);
  });
  return dispatched;
}

/**
 * Ends a task that succeeded or has no attempts left, or sets the time of its next attempt.
 * @param sent the task as it was sent
 * @param at.forcedAtMs set for RunTask, whose retry counts from the call and not from the failure
 */
export function recordOutcome(
  store: Store,
  sent: TaskRecord,
  outcome: AttemptOutcome,
  at: { readonly nowMs: number; readonly forcedAtMs: number | undefined },
): void {
  store.atomically(() => {
    // Meanwhile it may have been deleted, or have ended in an attempt that RunTask sent beside this one.
    const task = store.tasks.get(sent.name);
    if (!task) return;
    store.tasks.addInFlight(sent.name, -1);
    const answered = afterAnswer(task, sent, outcome, at.nowMs);
    const settings = store.queues.get(task.queue)?.settings;
    if (!settings) throw new Error(`${task.name} is in a queue that does not exist`);
    if (isSuccess(outcome) || isExhausted(settings, task.dispatchCount, ageMs(task, at.nowMs))) {
      endTask(store, task.name, at.nowMs);
      return;
    }
    const from = at.forcedAtMs ?? at.nowMs;
    const wait = backoffMs(settings, task.dispatchCount);
    store.tasks.update({ ...answered, scheduleMicros: Math.round((from + wait) * 1000) });
  });
}

/** Removes a task; its name stays taken for a while. */
export function endTask(store: Store, name: string, nowMs: number): void {
  store.tasks.remove(name);
  store.names.take(name, nowMs + TASK_NAME_TAKEN_MS);
}

function afterAnswer(task: TaskRecord, sent: TaskRecord, outcome: AttemptOutcome, nowMs: number): TaskRecord {
  const answered = outcome.outcome === "answered";
  const lastAttempt: Attempt = {
    scheduleTime: sent.lastAttempt?.scheduleTime ?? null,
    dispatchTime: sent.lastAttempt?.dispatchTime ?? null,
    responseTime: timestampOf(nowMs * 1000),
    responseStatus: responseStatus(outcome),
  };
  return {
    ...task,
    responseCount: task.responseCount + (answered ? 1 : 0),
    executionCount: task.executionCount + (answered && outcome.httpStatus < 500 ? 1 : 0),
    previousResponse: answered ? outcome.httpStatus : task.previousResponse,
    lastAttempt,
  };
}

function ageMs(task: TaskRecord, nowMs: number): number {
  const first = task.firstAttempt?.dispatchTime;
  return first ? nowMs - microsOf(first) / 1000 : 0;
}
