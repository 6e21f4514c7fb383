/**
 * How many messages to ask for, so that an answer has few bytes whatever their size. Pub/Sub has no other handle than their
 * number, and a message may have 10 MB (https://cloud.google.com/pubsub/quotas#resource_limits).
 *
 * So a worker holds at most, of messages up to 1 MiB:
 *
 *     12 MiB   an answer, as it came (PULL_MAX_BYTES)
 *     12 MiB   the answer to the pull that is under way while its batch is written
 *     14 MiB   rows: BATCH_MAX_BYTES (8 MiB) and one more row, in which a byte takes up to six
 *     14 MiB   the same rows joined for gzip, and up to as much again that gzip returns
 *
 * which is 66 MiB, and 132 for two workers. Of larger messages one batch is made at a time (`drain-queue.ts`).
 */
import type { Delivery } from "#services/shared/ports.ts";

/**
 * A longer answer is refused by its length, before it is read (services/shared/gcp/pubsub.ts): room for one message of
 * 10 MB with its attributes and ids.
 */
export const PULL_MAX_BYTES = 12 * 1024 * 1024;

/** What an answer should have, by the sizes seen so far. */
const PULL_BYTES = 4 * 1024 * 1024;

/** The most messages that Pub/Sub gives in one answer. */
const PULL_MAX = 1_000;

/** With messages of 1 KB: 1, 8, 64, 512, 1,000. */
const GROWTH = 8;

/** What was learned is good for later rounds of the process, too. */
export interface PullSize {
  /** @param room for how many messages there is room at all */
  next(room: number): number;
  gave(deliveries: readonly Delivery[]): void;
  /** The answer was too large: as after a large message, the next pull is of one, and the following ones grow slowly. */
  wasTooLarge(asked: number): void;
}

export function createPullSize(): PullSize {
  let most = 1;
  let bytesEach = 0;
  return {
    next: (room) => Math.max(1, Math.floor(Math.min(most, room, PULL_BYTES / Math.max(1, bytesEach)))),
    gave(deliveries) {
      most = Math.min(PULL_MAX, Math.max(most, deliveries.length * GROWTH));
      // Large ones among many small ones are not forgotten at once.
      bytesEach = Math.max(meanBytes(deliveries), bytesEach / 2);
    },
    wasTooLarge(asked) {
      most = Math.max(1, Math.floor(asked / GROWTH));
      bytesEach = PULL_BYTES;
    },
  };
}

/** Attributes are counted in one message only, because to count them in all costs a tenth of making the rows. */
function meanBytes(deliveries: readonly Delivery[]): number {
  let data = 0;
  for (const { message } of deliveries) data += message.data.byteLength;
  const [first] = deliveries;
  return data / deliveries.length + (first === undefined ? 0 : attributesBytes(first));
}

export function attributesBytes({ message: { attributes } }: Delivery): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
