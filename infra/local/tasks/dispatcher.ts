/**
 * Runs the tasks of every queue at their time, within the queue's limits.
 *
 * An attempt is written down before it is sent, and a task leaves its queue only after a 2xx: a process that dies
 * in between sends the task again, so a service may see it twice, as with Cloud Tasks.
 * Not imitated: Cloud Tasks' own throttling (slow start, extra waits after 429 and 503).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { faultText } from "../fault-text.ts";
import { recordDispatch, recordOutcome } from "./attempt-record.ts";
import { sendAttempt } from "./http-attempt.ts";
import { overridden } from "./http-target.ts";
import type { Store } from "./store.ts";
import type { TaskRecord } from "./task-record.ts";
import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

export interface Dispatcher {
  /** To be called when a queue or its tasks have changed. */
  wake(queue: string): void;
  /** Sends a task now, whatever the queue's limits, state and schedule say; returns it as dispatched. */
  force(task: TaskRecord): TaskRecord;
  /** Ends running attempts without recording an outcome, and waits for them. */
  close(): Promise<void>;
}

/** Longest sleep: setTimeout takes no more than 24.8 days, and a task may be 30 days ahead. */
const MAX_SLEEP_MS = 60 * 60 * 1000;

/** What cannot be written down, as on a full disk, is tried again after this. */
const STORE_RETRY_MS = 500;

interface Lane {
  readonly bucket: TokenBucket;
  running: number;
  timer: NodeJS.Timeout | undefined;
}

/** @param now milliseconds since the Unix epoch */
export function createDispatcher(store: Store, now: () => number): Dispatcher {
  const lanes = new Map<string, Lane>();
  const attempts = new Set<Promise<void>>();
  const stop = new AbortController();

  function laneOf(queue: string): Lane {
    let lane = lanes.get(queue);
    if (!lane) lanes.set(queue, (lane = { bucket: createTokenBucket(), running: 0, timer: undefined }));
    return lane;
  }

  function wake(queueName: string): void {
    if (stop.signal.aborted) return;
    const lane = laneOf(queueName);
    clearTimeout(lane.timer);
    try {
      dispatchDue(queueName, lane);
    } catch (error) {
      console.error(`tasks: ${faultText(error)}`);
      lane.timer = setTimeout(() => wake(queueName), STORE_RETRY_MS);
    }
  }

  function dispatchDue(queueName: string, lane: Lane): void {
    for (;;) {
      const queue = store.queues.get(queueName);
      if (!queue || queue.paused || lane.running >= queue.settings.maxConcurrentDispatches) return;
      const task = store.tasks.nextDue(queueName);
      if (!task) return;
      const { maxDispatchesPerSecond: perSecond, maxBurstSize: burst } = queue.settings;
      const early = task.scheduleMicros / 1000 - now();
      const wait = early > 0 ? early : lane.bucket.take(now(), { perSecond, burst });
      if (wait > 0) {
        lane.timer = setTimeout(() => wake(queueName), Math.min(Math.ceil(wait), MAX_SLEEP_MS));
        return;
      }
      start(lane, task, false);
    }
  }

  function start(lane: Lane, task: TaskRecord, forced: boolean): TaskRecord {
    const dispatchedMs = now();
    const dispatched = recordDispatch(store, task, dispatchedMs);
    lane.running += 1;
    const attempt = finish(lane, dispatched, forced ? dispatchedMs : undefined).finally(() =>
      attempts.delete(attempt),
    );
    attempts.add(attempt);
    return dispatched;
  }

  async function finish(lane: Lane, task: TaskRecord, forcedAtMs: number | undefined): Promise<void> {
    const target = store.queues.get(task.queue)?.settings.httpTarget;
    const sent = { ...task, request: overridden(task.request, target) };
    const outcome = await sendAttempt(sent, stop.signal);
    lane.running -= 1;
    if (outcome.outcome === "stopped") return;
    const ended = { nowMs: now(), forcedAtMs };
    while (!stop.signal.aborted && !isWritten(() => recordOutcome(store, task, outcome, ended)))
      await sleep(STORE_RETRY_MS);
    wake(task.queue);
  }

  /** A task whose outcome nobody wrote down would be sent again, and after a success for nothing. */
  function isWritten(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      console.error(`tasks: ${faultText(error)}`);
      return false;
    }
  }

  return {
    wake,
    force: (task) => start(laneOf(task.queue), task, true),
    async close() {
      stop.abort();
      for (const lane of lanes.values()) clearTimeout(lane.timer);
      await Promise.all(attempts);
    },
  };
}
