/** Messages that were delivered so often that they may be what kills batchers: kept apart until the others are written. */
import type { Delivery } from "#services/shared/ports.ts";
import { createBatch } from "./batch.ts";
import { addOrCondemn, condemn } from "./condemn.ts";
import type { DrainLimits } from "./drain.ts";
import { attempt, type DrainPorts, settle, type Tally } from "./settle.ts";
import { tryOut } from "./trials.ts";

export interface Suspects {
  readonly handles: () => readonly string[];
  /** No more are taken in this turn: memory is bounded as a batch's is. */
  readonly isFull: () => boolean;
  /** Keeps a delivery if it is one; else `false`. */
  keep(delivery: Delivery): boolean;
  /** Handles all, alone, with nothing else in hand. */
  tryOut(ports: DrainPorts, tally: Tally, over: () => boolean): Promise<void>;
}

export function createSuspects({ suspectAttempts, batchMaxMessages, batchMaxSize }: DrainLimits): Suspects {
  let held: Delivery[] = [];
  let size = 0;
  return {
    handles: () => held.map(({ ackId }) => ackId),
    isFull: () => held.length >= batchMaxMessages || size >= batchMaxSize,
    keep(delivery) {
      if (delivery.attempt <= suspectAttempts) return false;
      held.push(delivery);
      size += delivery.message.data.byteLength;
      return true;
    },
    async tryOut(ports, tally, over) {
      if (held.length === 0) return;
      const trials = {
        kind: "queue" as const,
        idOf: ({ id }: Delivery) => id,
        handle: (group: readonly Delivery[]) => handle(group, ports, tally, over),
        condemn: async (delivery: Delivery, reason: string) => {
          await condemn(delivery, reason, ports);
          await ports.queue.acknowledge([delivery.ackId]);
          tally.messages += 1;
        },
      };
      const left = await attempt(tally, () => tryOut(held, trials, ports, over));
      // What is not settled comes again; of what is, this says nothing.
      const back = (left ?? held).map(({ ackId }) => ackId);
      if (back.length > 0) await attempt(tally, () => ports.queue.extend(back, 0));
      held = [];
      size = 0;
    },
  };
}

async function handle(
  group: readonly Delivery[],
  ports: DrainPorts,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  const batch = createBatch(ports.registry);
  await addOrCondemn(batch, group, ports, tally);
  const settled = await settle(batch, ports, tally, over, (ackIds) => ports.queue.acknowledge(ackIds));
  tally.messages += settled.released;
  if (settled.kept.length > 0) await attempt(tally, () => ports.queue.extend(settled.kept, 0));
}
