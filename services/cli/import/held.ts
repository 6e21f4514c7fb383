/** What is held of an import until it becomes one object for each table. */
import { type Batch, createBatch } from "#services/batcher/batch.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { toMessage } from "#services/shared/message.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Times } from "./event.ts";

/** As the batcher's: what is held while a batch grows. */
const BATCH = { messages: 20_000, size: 24 * 2 ** 20 } as const;

const DAY_MS = 86_400_000;
/**
 * One job may modify 4,000 partitions (https://cloud.google.com/bigquery/quotas#partitioned_tables), and files of many years
 * have more days together. A span of 3,990 days touches 3,991 of them, and there is the NULL partition.
 */
const SPAN_MS_MAX = 3_990 * DAY_MS;

/** A batch, and the times of its events in milliseconds since the epoch. */
export interface Held {
  readonly batch: Batch;
  minTime: number;
  maxTime: number;
}

export function newHeld(registry: Registry): Held {
  return { batch: createBatch(registry), minTime: Infinity, maxTime: -Infinity };
}

export function isFull({ batch }: Held): boolean {
  return batch.messages >= BATCH.messages || batch.size >= BATCH.size;
}

/** Whether the event must wait for the next object. */
export function isTooWide({ minTime, maxTime }: Held, { happenedAt, ceTime }: Times): boolean {
  if (happenedAt === undefined || ceTime === undefined) return false;
  return Math.max(maxTime, happenedAt) - Math.min(minTime, happenedAt) > SPAN_MS_MAX;
}

export function add(held: Held, event: CloudEvent, { happenedAt, receivedAt, ceTime }: Times): void {
  held.batch.add("", toMessage(event, { source: "import", receivedAt }));
  if (happenedAt === undefined || ceTime === undefined) return;
  held.minTime = Math.min(held.minTime, happenedAt);
  held.maxTime = Math.max(held.maxTime, happenedAt);
}
