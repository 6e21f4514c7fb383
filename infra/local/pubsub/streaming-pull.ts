/** StreamingPull: messages as they come, as many outstanding as the client allows. */
import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { Broker } from "./broker.ts";
import type { Room } from "./consumer.ts";
import { checkDeadline } from "./delivery-service.ts";
import type { ReceivedMessage, StreamingPullRequest } from "./messages.ts";
import { checkSubscriptionName } from "./names.ts";
import { checkAckDeadline } from "./settings.ts";
import { invalidArgument } from "./status-error.ts";
import type { SubscriptionQueue } from "./subscription-queue.ts";

interface Response {
  readonly receivedMessages: ReceivedMessage[];
}

export type StreamingPullCall = ServerDuplexStream<StreamingPullRequest, Response>;

/** Small enough that several streams share a backlog, large enough that a call's cost is spread. */
const PER_RESPONSE: Room = { messages: 500, bytes: 1_000_000 };

/**
 * Lives until the client ends it, the subscription goes or the server stops.
 * @param fail ends the call with the error's status
 */
export function streamingPull(broker: Broker, call: StreamingPullCall, fail: (error: unknown) => void): void {
  let stream: { receive(request: StreamingPullRequest): void; detach(): void } | undefined;
  let over = false;
  const leave = () => {
    over = true;
    stream?.detach();
  };
  call.on("data", (request: StreamingPullRequest) => {
    if (over) return;
    try {
      if (stream) stream.receive(request);
      else stream = open(broker, call, request, fail);
    } catch (error) {
      leave();
      fail(error);
    }
  });
  call.on("end", () => {
    leave();
    call.end();
  });
  // A call that breaks is cancelled, too.
  call.on("cancelled", leave);
  call.on("error", leave);
}

function open(
  broker: Broker,
  call: StreamingPullCall,
  first: StreamingPullRequest,
  fail: (error: unknown) => void,
) {
  const queue = broker.queue(checkSubscriptionName(first.subscription));
  const limit = {
    messages: first.maxOutstandingMessages > 0 ? first.maxOutstandingMessages : Infinity,
    bytes: first.maxOutstandingBytes > 0 ? first.maxOutstandingBytes : Infinity,
  };
  const outstanding = { messages: 0, bytes: 0 };
  let leaseSeconds = checkAckDeadline(first.streamAckDeadlineSeconds);
  let flowing = true;

  call.on("drain", () => {
    flowing = true;
    queue.notify(false);
  });
  settle(queue, first);
  const detach = queue.attach({
    room: () => ({
      messages: flowing ? Math.min(limit.messages - outstanding.messages, PER_RESPONSE.messages) : 0,
      bytes: Math.min(limit.bytes - outstanding.bytes, PER_RESPONSE.bytes),
    }),
    leaseMs: () => leaseSeconds * 1000,
    holder: {
      hold(bytes) {
        outstanding.messages += 1;
        outstanding.bytes += bytes;
      },
      release(bytes) {
        outstanding.messages -= 1;
        outstanding.bytes -= bytes;
      },
    },
    deliver(receivedMessages) {
      flowing = call.write({ receivedMessages });
    },
    end: fail,
  });
  return {
    detach,
    receive(request: StreamingPullRequest) {
      if (request.streamAckDeadlineSeconds > 0) {
        leaseSeconds = checkAckDeadline(request.streamAckDeadlineSeconds);
      }
      settle(queue, request);
      // Clients of protocol version 1 send an empty request now and then and give up unless something comes back.
      const ping = request.ackIds.length + request.modifyDeadlineAckIds.length === 0;
      if (ping && first.protocolVersion >= 1) call.write({ receivedMessages: [] });
    },
  };
}

/** What a request on the stream says of messages that were delivered before. */
function settle(queue: SubscriptionQueue, request: StreamingPullRequest): void {
  const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request;
  if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
    throw invalidArgument("modify_deadline_ack_ids and modify_deadline_seconds differ in length");
  }
  if (ackIds.length > 0) queue.acknowledge(ackIds);
  if (modifyDeadlineAckIds.length === 0) return;
  queue.modifyDeadlines(
    modifyDeadlineAckIds.map((ackId, index) => ({
      ackId,
      seconds: checkDeadline(modifyDeadlineSeconds[index] ?? 0),
    })),
  );
}
