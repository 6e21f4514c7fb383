/** Pub/Sub on this machine: the gRPC API of google.pubsub.v1 with messages that survive a kill. */

import { serveGrpc } from "../grpc/grpc-server.ts";
import { implementation } from "../grpc/grpc-service.ts";
import type { StandIn, StandInOptions, StartStandIn } from "../stand-in.ts";
import { createBroker } from "./broker.ts";
import { deliveryMethods } from "./delivery-service.ts";
import { monitoring } from "./monitoring.ts";
import { publisherMethods } from "./publisher-service.ts";
import { pubsubServices } from "./service-definition.ts";
import { unavailable } from "./status-error.ts";
import { openStore } from "./store.ts";
import { type StreamingPullCall, streamingPull } from "./streaming-pull.ts";
import { subscriptionMethods } from "./subscriber-service.ts";

/** Goes on where the last process stopped: whatever was not acknowledged can be delivered at once. */
export const startPubSub: StartStandIn = async ({ port, stateDir }: StandInOptions): Promise<StandIn> => {
  const now = () => Date.now();
  const store = openStore(stateDir);
  const broker = createBroker(store, now);
  const { publisher, subscriber } = pubsubServices();
  const subscriberMethods = { ...subscriptionMethods(store, broker), ...deliveryMethods(broker) };
  const streams = {
    StreamingPull: (call: StreamingPullCall, fail: (error: unknown) => void) =>
      streamingPull(broker, call, fail),
  };
  const server = await serveGrpc(
    [
      { definition: publisher, implementation: implementation(publisher, publisherMethods(store, broker)) },
      { definition: subscriber, implementation: implementation(subscriber, subscriberMethods, streams) },
    ],
    port,
    monitoring(store, now),
  ).catch((error: unknown) => {
    store.close();
    throw error;
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    broker.close(unavailable("the local Pub/Sub stops"));
    await server.stop();
    // Calls that came in while it stopped may have opened queues again.
    broker.close(unavailable("the local Pub/Sub has stopped"));
    store.close();
  };
  return { port: server.port, close: () => (closing ??= close()) };
};
