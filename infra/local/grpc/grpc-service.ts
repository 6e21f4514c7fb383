/** Plain functions as the methods of a gRPC service. */
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { faultText } from "../fault-text.ts";
import { StatusError } from "./status-error.ts";

/** What a method may know of its call, beyond the request. */
export type UnaryCall = Pick<ServerUnaryCall<unknown, unknown>, "on">;

/** Each method has a request type of its own, which the descriptor guarantees. */
export type Method = (request: never, call: UnaryCall) => object | Promise<object>;

/** A stream's handler; `fail` ends the call with the error's status. */
export type StreamMethod = (call: never, fail: (error: unknown) => void) => void;

/** The methods of the service that are in neither list answer UNIMPLEMENTED with their name. */
export function implementation(
  service: ServiceDefinition,
  methods: Readonly<Record<string, Method>>,
  streams: Readonly<Record<string, StreamMethod>> = {},
): UntypedServiceImplementation {
  const handlers: UntypedServiceImplementation = {};
  for (const name of Object.keys(service)) {
    const stream = streams[name];
    const handler = stream ? bidi(name, stream) : unary(name, methods[name] ?? refused(name));
    handlers[name] = handler as UntypedHandleCall;
  }
  return handlers;
}

function refused(name: string): Method {
  return () => {
    throw new StatusError("UNIMPLEMENTED", `${name} is not served by this stand-in`);
  };
}

function unary(name: string, method: Method): handleUnaryCall<never, object> {
  return (call, callback) => void answer(name, method, call, callback);
}

async function answer(
  name: string,
  method: Method,
  call: ServerUnaryCall<never, object>,
  callback: sendUnaryData<object>,
): Promise<void> {
  let response: object;
  try {
    response = await method(call.request, call);
  } catch (error) {
    callback(statusOf(name, error));
    return;
  }
  callback(null, response);
}

function bidi(name: string, method: StreamMethod): handleBidiStreamingCall<never, object> {
  return (call) => method(call as never, (error) => call.emit("error", statusOf(name, error)));
}

function statusOf(name: string, error: unknown): { code: status; details: string } {
  if (error instanceof StatusError) return { code: error.code, details: error.message };
  console.error(`${name}: ${faultText(error)}`);
  return { code: status.INTERNAL, details: "internal error; the stand-in printed the reason" };
}
