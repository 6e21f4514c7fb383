/** Google's control plane on one laptop: what Terraform asks when it creates, changes and deletes resources. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { faultText } from "../fault-text.ts";
import { LOCAL_HOST, type StandIn, type StandInOptions } from "../stand-in.ts";
import { type Answer, createAnswer, matchOf, type Request } from "./answer.ts";
import type { Delays } from "./call.ts";
import { createForwarder, type DataPlane } from "./data-plane.ts";
import { createFindMethod, readDescriptions } from "./find-method.ts";
import { GoogleError } from "./google-error.ts";
import { State } from "./state.ts";

/** One request and what was answered. */
interface LogEntry {
  readonly request: Request;
  readonly answer: Answer;
}

export interface ControlPlaneOptions extends StandInOptions {
  /** Nothing is late without it. */
  readonly delays?: Delays;
  /** Milliseconds since 1970; the system's by default. */
  readonly nowMs?: () => number;
  readonly onRequest?: (entry: LogEntry) => void;
  /** Emulators that get what is created; without them, nothing but the control plane knows of it. */
  readonly dataPlane?: DataPlane;
}

export interface ControlPlane extends StandIn {
  /** For `controlPlaneEnvironment`. */
  readonly url: string;
}

export function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { port, stateDir, delays = {}, nowMs = Date.now, onRequest } = options;
  const state = new State(stateDir);
  const findMethod = createFindMethod(readDescriptions());
  const answer = createAnswer({ state, delays, nowMs }, findMethod);
  const forwarder = options.dataPlane === undefined ? undefined : createForwarder(options.dataPlane);
  const answerThrough = async (request: Request): Promise<Answer> => {
    if (forwarder === undefined) return answer(request);
    const known = await forwarder.instead(request, matchOf(request, findMethod)?.method.id);
    const answered = known ?? answer(request);
    if (known === undefined && answered.status < 300) await forwarder.afterwards(request, answered);
    return answered;
  };
  const server = createServer((incoming, response) => {
    void handle(incoming, response, answerThrough, onRequest);
  });
  // A proxy that refuses: the provider asks public hosts for its user's address, and would wait minutes for a network.
  server.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
  let isClosed = false;
  const close = () =>
    new Promise<void>((resolve) => {
      if (isClosed) return resolve();
      isClosed = true;
      server.close(() => {
        state.save();
        forwarder?.close();
        resolve();
      });
      server.closeAllConnections();
    });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOCAL_HOST, () => {
      server.off("error", reject);
      const { port: listening } = server.address() as AddressInfo;
      resolve({ port: listening, url: `http://${LOCAL_HOST}:${listening}`, close });
    });
  });
}

async function handle(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: (request: Request) => Promise<Answer>,
  onRequest: ControlPlaneOptions["onRequest"],
): Promise<void> {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  const request: Request = {
    verb: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: await text(incoming),
  };
  const answered = await answerOrFault(request, answer);
  onRequest?.({ request, answer: answered });
  const { status, body, rule } = answered;
  response.writeHead(status, {
    "content-type": "application/json; charset=UTF-8",
    // Says to a reader of the answer which rule it was.
    ...(rule === undefined ? {} : { "x-pullhouse-rule": rule }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answerOrFault(
  request: Request,
  answer: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer(request);
  } catch (error) {
    console.error(`control-plane: ${request.verb} ${request.path}: ${faultText(error)}`);
    // Clients would try 500 again for minutes.
    const fault = new GoogleError("UNIMPLEMENTED", `fault of the local control plane: ${String(error)}`);
    return { status: fault.status, body: fault.body(true) };
  }
}
