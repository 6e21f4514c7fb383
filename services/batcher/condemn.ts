/** Puts a message away that no batcher survives or can read: `pullhouse dead-letters` shows it and sends it again. */
import { reasonOf } from "#services/shared/errors.ts";
import { deadLetterObject } from "#services/shared/objects.ts";
import type { Delivery } from "#services/shared/ports.ts";
import { type Batch, type BatchLimits, isFull } from "./batch.ts";
import { attempt, type DrainPorts, postpone, type Tally } from "./settle.ts";

/**
 * The durable write before a dead letter is acknowledged. Into the bucket and not to Pub/Sub's dead-letter topic, so that
 * the reason is kept beside the message and a command can take out a single one.
 */
export async function condemn(delivery: Delivery, reason: string, ports: DrainPorts): Promise<void> {
  const { id, attempt, message } = delivery;
  const object = deadLetterObject(id);
  const letter = {
    attributes: message.attributes,
    data_base64: Buffer.from(message.data).toString("base64"),
    reason,
    attempt,
    condemnedAt: new Date(ports.clock.now()).toISOString(),
  };
  await ports.store.create(object, Buffer.from(JSON.stringify(letter)), { contentType: "application/json" });
  ports.log.error("dead letter", { object, attempt, reason });
}

/**
 * Adds messages to a batch until it is full. One that the code cannot make a row of, which is our fault, must not hold up the
 * others. One that cannot be put away either is noted, and comes again when its loan ends. Never rejects.
 * @returns those for which there was no room
 */
export async function addOrCondemn(
  batch: Batch,
  deliveries: readonly Delivery[],
  limits: BatchLimits,
  ports: DrainPorts,
  tally: Tally,
): Promise<readonly Delivery[]> {
  const forNewer: string[] = [];
  let waitMs = Number.POSITIVE_INFINITY;
  let next = 0;
  while (next < deliveries.length && !isFull(batch, limits)) {
    const delivery = deliveries[next++] as Delivery;
    try {
      const added = batch.add(delivery.ackId, delivery.message, delivery.id);
      if (added === "added") continue;
      forNewer.push(delivery.ackId);
      waitMs = Math.min(waitMs, added);
    } catch (error) {
      await attempt(tally, async () => {
        await condemn(delivery, `no row can be made of it: ${reasonOf(error)}`, ports);
        await ports.queue.acknowledge([delivery.ackId]);
        tally.messages += 1;
      });
    }
  }
  await postpone(forNewer, waitMs, ports, tally);
  return deliveries.slice(next);
}
