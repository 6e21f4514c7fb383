/** What a queue is configured with: Google's defaults, its limits, and the parts that UpdateQueue names. */

import { StatusError } from "../grpc/status-error.ts";
import { type HttpTarget, httpTargetMessage, readHttpTarget } from "./http-target.ts";
import type { QueueMessage, RateLimits, RetryConfig } from "./messages.ts";
import { durationOf, msOf } from "./time.ts";

export interface QueueSettings {
  readonly maxDispatchesPerSecond: number;
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
  /** -1: without end. */
  readonly maxAttempts: number;
  /** 0: no limit. */
  readonly maxRetryDurationMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxDoublings: number;
  /** Absent in a queue of an older stand-in. */
  readonly httpTarget?: HttpTarget | null;
}

/** What `gcloud tasks queues describe` shows for a queue that was created without flags. */
const DEFAULTS: QueueSettings = {
  maxDispatchesPerSecond: 500,
  maxBurstSize: 100,
  maxConcurrentDispatches: 1000,
  maxAttempts: 100,
  maxRetryDurationMs: 0,
  minBackoffMs: 100,
  maxBackoffMs: 3_600_000,
  maxDoublings: 16,
};

/** queue.proto, `RateLimits`. */
const MAX_DISPATCHES_PER_SECOND = 500;
const MAX_CONCURRENT_DISPATCHES = 5000;

type FieldOf<T> = (given: T) => Partial<QueueSettings>;

/** Each path that an update mask may name. Protobuf cannot tell zero from unset, and both take the default. */
const RATE_FIELDS: Readonly<Record<string, FieldOf<RateLimits>>> = {
  "rate_limits.max_dispatches_per_second": (given) => ({
    maxDispatchesPerSecond: given.maxDispatchesPerSecond || DEFAULTS.maxDispatchesPerSecond,
  }),
  "rate_limits.max_concurrent_dispatches": (given) => ({
    maxConcurrentDispatches: given.maxConcurrentDispatches || DEFAULTS.maxConcurrentDispatches,
  }),
};

const RETRY_FIELDS: Readonly<Record<string, FieldOf<RetryConfig>>> = {
  "retry_config.max_attempts": (given) => ({ maxAttempts: given.maxAttempts || DEFAULTS.maxAttempts }),
  "retry_config.max_retry_duration": (given) => ({
    maxRetryDurationMs: given.maxRetryDuration ? msOf(given.maxRetryDuration) : DEFAULTS.maxRetryDurationMs,
  }),
  "retry_config.min_backoff": (given) => ({
    minBackoffMs: given.minBackoff ? msOf(given.minBackoff) : DEFAULTS.minBackoffMs,
  }),
  "retry_config.max_backoff": (given) => ({
    maxBackoffMs: given.maxBackoff ? msOf(given.maxBackoff) : DEFAULTS.maxBackoffMs,
  }),
  "retry_config.max_doublings": (given) => ({ maxDoublings: given.maxDoublings || DEFAULTS.maxDoublings }),
};

const NO_RATE_LIMITS: RateLimits = { maxDispatchesPerSecond: 0, maxBurstSize: 0, maxConcurrentDispatches: 0 };
const NO_RETRY_CONFIG: RetryConfig = {
  maxAttempts: 0,
  maxRetryDuration: null,
  minBackoff: null,
  maxBackoff: null,
  maxDoublings: 0,
};

/**
 * The settings of a queue after CreateQueue or UpdateQueue.
 * @param mask paths as in google.protobuf.FieldMask; empty: every field is set
 * @throws StatusError INVALID_ARGUMENT for a value outside Google's limits or an unknown path
 */
export function applySettings(
  before: QueueSettings | undefined,
  queue: QueueMessage,
  mask: readonly string[],
): QueueSettings {
  const after = { ...DEFAULTS, ...before };
  const named = (path: string) =>
    mask.length === 0 || mask.includes(path) || mask.includes(path.slice(0, path.indexOf(".")));
  for (const [path, read] of Object.entries(RATE_FIELDS)) {
    if (named(path)) Object.assign(after, read(queue.rateLimits ?? NO_RATE_LIMITS));
  }
  for (const [path, read] of Object.entries(RETRY_FIELDS)) {
    if (named(path)) Object.assign(after, read(queue.retryConfig ?? NO_RETRY_CONFIG));
  }
  // A request of v2 does not have the field, so it leaves the target as it is.
  if (named(HTTP_TARGET) && queue.httpTarget !== undefined)
    Object.assign(after, { httpTarget: readHttpTarget(queue.httpTarget) });
  for (const path of mask) checkPath(path);
  checkLimits(after);
  return { ...after, maxBurstSize: burstSize(after.maxDispatchesPerSecond) };
}

/** The settings as the API shows them. */
export function settingsMessage(
  settings: QueueSettings,
): Required<Pick<QueueMessage, "httpTarget" | "rateLimits" | "retryConfig">> {
  return {
    httpTarget: httpTargetMessage(settings.httpTarget ?? null),
    rateLimits: {
      maxDispatchesPerSecond: settings.maxDispatchesPerSecond,
      maxBurstSize: settings.maxBurstSize,
      maxConcurrentDispatches: settings.maxConcurrentDispatches,
    },
    retryConfig: {
      maxAttempts: settings.maxAttempts,
      maxRetryDuration: settings.maxRetryDurationMs === 0 ? null : durationOf(settings.maxRetryDurationMs),
      minBackoff: durationOf(settings.minBackoffMs),
      maxBackoff: durationOf(settings.maxBackoffMs),
      maxDoublings: settings.maxDoublings,
    },
  };
}

/** Cloud Tasks picks it and does not say how; this gives the 100 that it shows for 500 a second, and 10 for a slow queue. */
function burstSize(perSecond: number): number {
  return Math.max(10, Math.ceil(perSecond / 5));
}

const HTTP_TARGET = "http_target";

/** Paths of fields that are ours to ignore: output only, or logging. */
const IGNORED_PATHS = [
  "name",
  "state",
  "purge_time",
  "stackdriver_logging_config",
  "rate_limits.max_burst_size",
];

function checkPath(path: string): void {
  const fields = [...Object.keys(RATE_FIELDS), ...Object.keys(RETRY_FIELDS)];
  const known = [...fields, "rate_limits", "retry_config", HTTP_TARGET];
  if (known.includes(path)) return;
  if (IGNORED_PATHS.some((ignored) => path === ignored || path.startsWith(`${ignored}.`))) return;
  throw new StatusError("INVALID_ARGUMENT", `update_mask names "${path}", which a queue does not have here`);
}

function checkLimits(settings: QueueSettings): void {
  const problems = [
    between("max_dispatches_per_second", settings.maxDispatchesPerSecond, 0, MAX_DISPATCHES_PER_SECOND),
    between("max_concurrent_dispatches", settings.maxConcurrentDispatches, 1, MAX_CONCURRENT_DISPATCHES),
    between("max_attempts", settings.maxAttempts, -1, Number.MAX_SAFE_INTEGER),
    between("max_doublings", settings.maxDoublings, 0, Number.MAX_SAFE_INTEGER),
    between("min_backoff (ms)", settings.minBackoffMs, 0, settings.maxBackoffMs),
    between("max_retry_duration (ms)", settings.maxRetryDurationMs, 0, Number.MAX_SAFE_INTEGER),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new StatusError("INVALID_ARGUMENT", problems.join("; "));
}

function between(field: string, value: number, min: number, max: number): string | undefined {
  return value >= min && value <= max ? undefined : `${field} is ${value}, it must be from ${min} to ${max}`;
}
