/** Pub/Sub's side of a subscription that gives as many messages as a pull asks for, whatever their size. */
import { serveGrpc } from "#infra/local/grpc/grpc-server.ts";
import { implementation } from "#infra/local/grpc/grpc-service.ts";
import { pubsubServices } from "#infra/local/pubsub/service-definition.ts";
import type { Message } from "#services/shared/message.ts";

interface Leased {
  readonly message: Message;
  /** Milliseconds since the epoch. */
  leasedUntil: number;
}

export interface SizeBlindPubSub {
  readonly port: number;
  stop(): Promise<unknown>;
}

/** @param leaseMs how long a message that was given is not given again */
export async function startSizeBlindPubSub(
  messages: readonly Message[],
  leaseMs: number,
): Promise<SizeBlindPubSub> {
  const all = new Map<string, Leased>(
    messages.map((message, number) => [String(number), { message, leasedUntil: 0 }]),
  );
  const methods = {
    Pull({ maxMessages }: { maxMessages: number }) {
      const now = Date.now();
      const free = [...all].filter(([, { leasedUntil }]) => leasedUntil <= now).slice(0, maxMessages);
      for (const [, leased] of free) leased.leasedUntil = now + leaseMs;
      return {
        receivedMessages: free.map(([id, { message }]) => ({
          ackId: id,
          message: { messageId: id, ...message },
        })),
      };
    },
    Acknowledge({ ackIds }: { ackIds: readonly string[] }) {
      for (const id of ackIds) all.delete(id);
      return {};
    },
    ModifyAckDeadline(request: { ackIds: readonly string[]; ackDeadlineSeconds: number }) {
      for (const id of request.ackIds) {
        const leased = all.get(id);
        if (leased !== undefined) leased.leasedUntil = Date.now() + 1000 * request.ackDeadlineSeconds;
      }
      return {};
    },
  };
  const { subscriber } = pubsubServices();
  const served = [{ definition: subscriber, implementation: implementation(subscriber, methods) }];
  const server = await serveGrpc(served, 0);
  return { port: server.port, stop: () => server.stop() };
}
