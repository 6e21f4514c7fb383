/** A gRPC server on 127.0.0.1: binding and stopping. */
import type { RequestListener } from "node:http";
import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { LOCAL_HOST } from "../stand-in.ts";
import { listenForBoth, type SharedPort } from "./shared-port.ts";

/** Above the 10 MiB of Pub/Sub, the largest, with what the encoding adds: so a refusal for size is the service's own. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** What is still open after that are clients that went away. */
const STOP_BUDGET_MS = 1000;

export interface GrpcServer {
  readonly port: number;
  stop(): Promise<void>;
}

interface Service {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/**
 * @param onRequest answers HTTP/1 requests at the same port
 * @throws an error with code EADDRINUSE when the port is taken
 */
export async function serveGrpc(
  services: readonly Service[],
  port: number,
  onRequest?: RequestListener,
): Promise<GrpcServer> {
  // What it would print of a port that is taken is in the error, too.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_send_message_length": -1,
  });
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  const bound = onRequest === undefined ? await bind(server, port) : await share(server, port, onRequest);
  return {
    port: bound.port,
    stop: () =>
      new Promise((resolve) => {
        bound.close();
        const force = setTimeout(() => server.forceShutdown(), STOP_BUDGET_MS);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

async function share(server: Server, port: number, onRequest: RequestListener): Promise<SharedPort> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return listenForBoth(port, (socket) => injector.injectConnection(socket), onRequest);
}

async function bind(server: Server, port: number): Promise<SharedPort> {
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${LOCAL_HOST}:${port}`, ServerCredentials.createInsecure(), (error, port) => {
      if (!error) return resolve(port);
      // grpc-js puts the cause into the message only.
      reject(error.message.includes("EADDRINUSE") ? Object.assign(error, { code: "EADDRINUSE" }) : error);
    });
  });
  // The shutdown closes what it bound.
  return { port: bound, close: () => {} };
}
