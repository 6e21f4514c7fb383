/** Cloud Tasks on this machine: the gRPC API of google.cloud.tasks.v2 with queues that really dispatch, and v2beta3 for queues. */

import { faultText } from "../fault-text.ts";
import { serveGrpc } from "../grpc/grpc-server.ts";
import { implementation } from "../grpc/grpc-service.ts";
import type { StandIn, StandInOptions, StartStandIn } from "../stand-in.ts";
import { createDispatcher } from "./dispatcher.ts";
import { queueMethods } from "./queue-methods.ts";
import { cloudTasksService } from "./service-definition.ts";
import { openStore } from "./store.ts";
import { taskMethods } from "./task-methods.ts";

/** How often names whose time has come are forgotten. */
const PRUNE_EVERY_MS = 60 * 60 * 1000;

/**
 * Goes on where the last process stopped: due tasks are dispatched as soon as the port is bound, among them those
 * that were being dispatched. A task's `oidc_token` is kept and shown, but no Authorization header is sent: on
 * Google Cloud it is Cloud Run that checks the token, before the service sees the request.
 */
export const startTasks: StartStandIn = async ({ port, stateDir }: StandInOptions): Promise<StandIn> => {
  const now = () => Date.now();
  const store = openStore(stateDir);
  const dispatcher = createDispatcher(store, now);
  const queues = queueMethods(store, dispatcher, now);
  const [stable, beta] = [cloudTasksService("v2"), cloudTasksService("v2beta3")];
  const services = [
    {
      definition: stable,
      implementation: implementation(stable, { ...queues, ...taskMethods(store, dispatcher, now) }),
    },
    { definition: beta, implementation: implementation(beta, queues) },
  ];
  const server = await serveGrpc(services, port).catch((error: unknown) => {
    store.close();
    throw error;
  });
  store.names.prune(now());
  const pruning = setInterval(() => {
    try {
      store.names.prune(now());
    } catch (error) {
      console.error(`tasks: ${faultText(error)}`);
    }
  }, PRUNE_EVERY_MS);
  for (const queue of store.queues.names()) dispatcher.wake(queue);
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(pruning);
    await server.stop();
    await dispatcher.close();
    store.close();
  };
  return { port: server.port, close: () => (closing ??= close()) };
};
