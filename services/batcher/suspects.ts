/** Messages that were delivered so often that they may be what kills batchers: kept apart until the others are written. */
import type { Delivery } from "#services/shared/ports.ts";
import { createBatch } from "./batch.ts";
import { addOrCondemn, condemn } from "./condemn.ts";
import type { MarkersPorts } from "./crash-markers.ts";
import type { DrainLimits } from "./drain.ts";
import { attributesBytes } from "./pull-size.ts";
import { attempt, type DrainPorts, postpone, settle, type Tally } from "./settle.ts";
import { tryOut } from "./trials.ts";

export interface Suspects {
  readonly handles: () => readonly string[];
  /** No more are taken in this turn: memory is bounded as a batch's is. */
  readonly isFull: () => boolean;
  /** Keeps a delivery if it is one; else `false`. */
  keep(delivery: Delivery): boolean;
  /** Handles all, alone, with nothing else in hand. */
  tryOut(ports: DrainPorts & MarkersPorts, tally: Tally, over: () => boolean): Promise<void>;
}

export function createSuspects(limits: DrainLimits): Suspects {
  const { suspectAttempts, batchMaxMessages, batchMaxSize } = limits;
  let held: Delivery[] = [];
  let size = 0;
  return {
    handles: () => held.map(({ ackId }) => ackId),
    isFull: () => held.length >= batchMaxMessages || size >= batchMaxSize,
    keep(delivery) {
      if (delivery.attempt <= suspectAttempts) return false;
      held.push(delivery);
      size += delivery.message.data.byteLength + attributesBytes(delivery);
      return true;
    },
    async tryOut(ports, tally, over) {
      if (held.length === 0) return;
      const trials = {
        kind: "queue" as const,
        idOf: ({ id }: Delivery) => id,
        handle: (group: readonly Delivery[]) => handle(group, limits, ports, tally, over),
        condemn: async (delivery: Delivery, reason: string) => {
          await condemn(delivery, reason, ports);
          await ports.queue.acknowledge([delivery.ackId]);
          tally.messages += 1;
        },
      };
      const tried = await attempt(tally, () => tryOut(held, trials, ports, over));
      // What is not settled comes again; of what is, this says nothing.
      const { left, waiting, waitMs } = tried ?? { left: held, waiting: [], waitMs: 0 };
      // Before the leases are changed: nobody renews them any more.
      held = [];
      size = 0;
      if (left.length > 0) await attempt(tally, () => ports.queue.extend(ackIdsOf(left), 0));
      await postpone(ackIdsOf(waiting), waitMs, ports, tally);
    },
  };
}

const ackIdsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ ackId }) => ackId);

async function handle(
  group: readonly Delivery[],
  limits: DrainLimits,
  ports: DrainPorts,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  for (let rest = group; rest.length > 0; ) {
    const batch = createBatch(ports.registry, ports.clock);
    rest = await addOrCondemn(batch, rest, limits, ports, tally);
    const settled = await settle(batch, ports, tally, over, (ackIds) => ports.queue.acknowledge(ackIds));
    tally.messages += settled.released;
    if (settled.kept.length > 0) await attempt(tally, () => ports.queue.extend(settled.kept, 0));
  }
}
