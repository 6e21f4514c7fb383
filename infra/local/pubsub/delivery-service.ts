/** The methods of google.pubsub.v1.Subscriber that deliver and settle messages, one response a call. */

import type { UnaryCall } from "../grpc/grpc-service.ts";
import type { Broker } from "./broker.ts";
import type { ReceivedMessage } from "./messages.ts";
import { checkSubscriptionName } from "./names.ts";
import { checkRange } from "./range.ts";
import { invalidArgument } from "./status-error.ts";
import type { SubscriptionQueue } from "./subscription-queue.ts";

/** How long an empty pull waits for a message; Google promises "a bounded amount of time" (pubsub.proto, `Pull`). */
const PULL_WAIT_MS = 2000;

/** pubsub.proto, `ModifyAckDeadlineRequest.ack_deadline_seconds`. */
const MAX_DEADLINE_SECONDS = 600;

export function deliveryMethods(broker: Broker) {
  const queue = (subscription: string) => broker.queue(checkSubscriptionName(subscription));
  return {
    async Pull(
      request: { subscription: string; maxMessages: number; returnImmediately: boolean },
      call: UnaryCall,
    ) {
      const { subscription, maxMessages, returnImmediately } = request;
      checkRange("max_messages", maxMessages, 1, Infinity);
      const room = { messages: maxMessages, bytes: Infinity };
      const now = queue(subscription).take(room);
      if (now.length > 0 || returnImmediately) return { receivedMessages: now };
      return { receivedMessages: await firstMessages(queue(subscription), maxMessages, call) };
    },

    Acknowledge({ subscription, ackIds }: { subscription: string; ackIds: readonly string[] }) {
      if (ackIds.length === 0) throw invalidArgument("The request has no ack ids");
      queue(subscription).acknowledge(ackIds);
      return {};
    },

    ModifyAckDeadline(request: {
      subscription: string;
      ackIds: readonly string[];
      ackDeadlineSeconds: number;
    }) {
      if (request.ackIds.length === 0) throw invalidArgument("The request has no ack ids");
      const seconds = checkDeadline(request.ackDeadlineSeconds);
      queue(request.subscription).modifyDeadlines(request.ackIds.map((ackId) => ({ ackId, seconds })));
      return {};
    },
  };
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkDeadline(seconds: number): number {
  return checkRange("ack_deadline_seconds", seconds, 0, MAX_DEADLINE_SECONDS);
}

/** Nothing is lent to a caller that has gone: it leaves the line when its call is cancelled. */
function firstMessages(
  queue: SubscriptionQueue,
  maxMessages: number,
  call: UnaryCall,
): Promise<ReceivedMessage[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ReceivedMessage[]>();
  const detach = queue.attach({
    room: () => ({ messages: maxMessages, bytes: Infinity }),
    leaseMs: () => undefined,
    deliver: (messages) => {
      detach();
      resolve(messages);
    },
    end: reject,
  });
  const nothing = () => {
    detach();
    resolve([]);
  };
  const timer = setTimeout(nothing, PULL_WAIT_MS);
  call.on("cancelled", nothing);
  return promise.finally(() => clearTimeout(timer));
}
