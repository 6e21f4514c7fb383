/** Plain functions as a gRPC service on 127.0.0.1: binding, errors, stopping. */
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { LOCAL_HOST } from "../stand-in.ts";
import { StatusError } from "./status-error.ts";

/** Calls are answered at once, so open ones at a stop are clients that went away. */
const STOP_BUDGET_MS = 1000;

export interface GrpcServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Each method has a request type of its own, which the descriptor guarantees. */
type Method = (request: never) => object;

/** @throws an error with code EADDRINUSE when the port is taken */
export async function serveGrpc(
  service: ServiceDefinition,
  methods: Readonly<Record<string, Method>>,
  port: number,
): Promise<GrpcServer> {
  const server = new Server();
  const handlers = Object.entries(methods).map(([name, method]) => [name, unary(name, method)]);
  server.addService(service, Object.fromEntries(handlers) as UntypedServiceImplementation);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${LOCAL_HOST}:${port}`, ServerCredentials.createInsecure(), (error, port) => {
      if (!error) return resolve(port);
      // grpc-js puts the cause into the message only.
      reject(error.message.includes("EADDRINUSE") ? Object.assign(error, { code: "EADDRINUSE" }) : error);
    });
  });
  return {
    port: bound,
    stop: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.forceShutdown(), STOP_BUDGET_MS);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

function unary(name: string, method: Method): handleUnaryCall<never, object> {
  return (call, callback) => {
    try {
      callback(null, method(call.request));
    } catch (error) {
      if (error instanceof StatusError) {
        callback({ code: error.code, details: error.message });
        return;
      }
      console.error(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
      callback({ code: status.INTERNAL, details: "internal error; the stand-in printed the reason" });
    }
  };
}
