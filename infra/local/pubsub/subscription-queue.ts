/** One subscription at work: lends its messages, takes them back, and hands them to whoever waits. */
import { faultText } from "../fault-text.ts";
import { readAckId, writeAckId } from "./ack-id.ts";
import { type Consumer, MAX_RESPONSE, type Room, smaller } from "./consumer.ts";
import { durationOf } from "./durations.ts";
import { createLeases, type Holder } from "./leases.ts";
import type { ReceivedMessage } from "./messages.ts";
import { messageBytes } from "./publish-limits.ts";
import { createReturned } from "./returned.ts";
import type { Store } from "./store.ts";
import type { StoredMessage } from "./store-messages.ts";
import type { SubscriptionRecord } from "./store-subscriptions.ts";
import { createWakeUp } from "./wake-up.ts";

/** Decides about a message whose lease ended: when it is ready again, or "gone" when it left as a dead letter. */
export type GiveBack = (subscription: SubscriptionRecord, message: number, nowMs: number) => number | "gone";

export interface SubscriptionQueue {
  /** Its settings may change. */
  record: SubscriptionRecord;
  /** Lends what is there now. */
  take(room: Room, leaseMs?: number, holder?: Holder): ReceivedMessage[];
  /** Delivers to it, now and later, until the returned function is called. */
  attach(consumer: Consumer): () => void;
  /** There may be something to deliver or room for it; deliveries begin in this turn of the event loop. */
  notify(published: boolean): void;
  /** Every ack id counts, an expired one too: whoever has it, has the message. */
  acknowledge(ackIds: readonly string[]): void;
  /** @param seconds by ack id; 0 gives back; ids of leases that have ended are passed over */
  modifyDeadlines(changes: readonly { readonly ackId: string; readonly seconds: number }[]): void;
  close(reason: Error): void;
}

export function createSubscriptionQueue(
  initial: SubscriptionRecord,
  store: Store,
  now: () => number,
  giveBack: GiveBack,
): SubscriptionQueue {
  // A later process has a later clock, and no process grants a thousand leases in each of its milliseconds.
  const leases = createLeases(now() * 1000);
  const returned = createReturned();
  const consumers = new Set<Consumer>();
  /** Every message up to this one was lent at least once by this process. */
  let cursor = 0;
  /** Nothing is stored after the cursor. */
  let drained = false;
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;
  const wakeUp = createWakeUp(now, () => {
    try {
      takeBack(leases.expire(now()));
    } catch (error) {
      // No call is there to fail: an expiry that cannot be written down is not counted.
      console.error(`pubsub: ${faultText(error)}`);
    }
    wakeUp.noLaterThan(Math.min(leases.nextDeadline(), returned.nextReady()));
    pump();
  });

  /** Stored messages that are free: first the returned, then those never lent. */
  function* free(limit: number): Generator<StoredMessage> {
    const { id } = queue.record;
    let left = limit;
    for (const message of returned.ready(now())) {
      if (left === 0) return;
      const stored = store.messages.get(id, message);
      if (stored) yield stored;
      if (stored) left--;
      returned.remove(message);
    }
    if (left === 0 || drained) return;
    for (const stored of store.messages.after(id, cursor, left)) {
      yield stored;
      cursor = stored.id;
      left--;
    }
    drained = left > 0;
  }

  function received(stored: StoredMessage, lease: number): ReceivedMessage {
    const { id, settings } = queue.record;
    return {
      ackId: writeAckId({ subscription: id, message: stored.id, lease }),
      message: {
        ...stored.message,
        messageId: String(stored.id),
        publishTime: durationOf(stored.publishMs),
      },
      deliveryAttempt: settings.deadLetterPolicy ? stored.failures + 1 : 0,
    };
  }

  function takeBack(messages: readonly number[]): void {
    if (messages.length === 0) return;
    const nowMs = now();
    // First of all: should the store fail, as on a full disk, they are still to be delivered.
    for (const message of messages) returned.add(message, nowMs);
    try {
      const decided = store.atomically(() =>
        messages.map((message) => [message, giveBack(queue.record, message, nowMs)] as const),
      );
      for (const [message, ready] of decided) {
        if (ready === "gone") returned.remove(message);
        else returned.add(message, ready);
      }
    } finally {
      wakeUp.noLaterThan(returned.nextReady());
    }
  }

  function pump(): void {
    for (;;) {
      const consumer = nextWithRoom();
      if (!consumer) return;
      const messages = queue.take(consumer.room(), consumer.leaseMs(), consumer.holder);
      if (messages.length === 0) return;
      consumer.deliver(messages);
    }
  }

  /** Whoever is served goes to the end of the line. */
  function nextWithRoom(): Consumer | undefined {
    for (const consumer of consumers) {
      const room = consumer.room();
      if (room.messages <= 0 || room.bytes <= 0) continue;
      consumers.delete(consumer);
      consumers.add(consumer);
      return consumer;
    }
    return undefined;
  }

  const own = (ackIds: readonly string[]) =>
    ackIds.map(readAckId).filter(({ subscription }) => subscription === queue.record.id);

  const queue: SubscriptionQueue = {
    record: initial,
    take(room, leaseMs, holder) {
      const limit = smaller(room, MAX_RESPONSE);
      const deadlineMs = now() + (leaseMs ?? queue.record.settings.ackDeadlineSeconds * 1000);
      const taken: ReceivedMessage[] = [];
      let bytes = 0;
      for (const stored of free(limit.messages)) {
        const size = messageBytes(stored.message);
        if (taken.length > 0 && bytes + size > limit.bytes) break;
        bytes += size;
        taken.push(received(stored, leases.grant(stored.id, deadlineMs, size, holder)));
        wakeUp.noLaterThan(deadlineMs);
      }
      return taken;
    },
    attach(consumer) {
      consumers.add(consumer);
      queue.notify(false);
      return () => void consumers.delete(consumer);
    },
    notify(published) {
      if (published) drained = false;
      if (closed || consumers.size === 0) return;
      scheduled ??= setImmediate(() => {
        scheduled = undefined;
        pump();
      });
    },
    acknowledge(ackIds) {
      const acked = own(ackIds);
      store.atomically(() => {
        for (const { message } of acked) store.messages.acknowledge(queue.record.id, message);
      });
      for (const { message } of acked) {
        leases.endAny(message);
        returned.remove(message);
      }
      queue.notify(false);
    },
    modifyDeadlines(changes) {
      const nowMs = now();
      const read = changes.map(({ ackId, seconds }) => ({ ...readAckId(ackId), seconds }));
      const nacked: number[] = [];
      for (const { subscription, message, lease, seconds } of read) {
        if (subscription !== queue.record.id) continue;
        if (seconds > 0) {
          const deadlineMs = nowMs + seconds * 1000;
          if (leases.extend(message, lease, deadlineMs)) wakeUp.noLaterThan(deadlineMs);
        } else if (leases.end(message, lease)) nacked.push(message);
      }
      takeBack(nacked);
      queue.notify(false);
    },
    close(reason) {
      closed = true;
      wakeUp.cancel();
      clearImmediate(scheduled);
      for (const consumer of consumers) consumer.end(reason);
      consumers.clear();
    },
  };
  return queue;
}
