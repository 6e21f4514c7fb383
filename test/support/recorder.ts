/** A proxy in front of a stand-in that passes everything on and writes down what was asked for. */
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import {
  connect,
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
} from "node:http2";
import { type AddressInfo, createServer as createNetServer, type Server as NetServer } from "node:net";

export interface Recorder {
  readonly port: number;
  /** `GET /path` or `POST /path {body}`; of gRPC the method's path. In the order of arrival. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** @param protocol the stand-ins with gRPC speak HTTP/2, and one of them HTTP/1 at the same port */
export async function startRecorder(target: string, protocol: "http" | "http2"): Promise<Recorder> {
  const seen: string[] = [];
  const http = recordHttp(target, seen);
  const http2 = recordHttp2(target, seen);
  const server = protocol === "http" ? http : createServerOfBoth(http, http2);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** By their first byte: HTTP/2 begins with `PRI`, and nothing is posted over HTTP/1 here. */
function createServerOfBoth(http: Server, http2: Http2Server): NetServer {
  return createNetServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      (first.toString("latin1", 0, 1) === "P" ? http2 : http).emit("connection", socket);
    });
  });
}

function recordHttp(target: string, seen: string[]): Server {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, answer) => {
    const { method = "", url = "", headers } = incoming;
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      seen.push(`${method} ${url} ${body.toString()}`.trim());
      const passed = request({ hostname, port, method, path: url, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      passed.on("error", (error) => answer.destroy(error));
      passed.end(body);
    });
  });
  return server;
}

function recordHttp2(target: string, seen: string[]): Http2Server {
  const server = createHttp2Server();
  server.on("session", (session) => {
    const upstream = connect(target);
    upstream.on("error", () => session.destroy());
    session.on("close", () => upstream.close());
    session.on("stream", (stream, headers) => {
      seen.push(String(headers[":path"]));
      const passed = upstream.request(headers);
      stream.pipe(passed);
      let trailers: IncomingHttpHeaders = {};
      passed.on("trailers", (given: IncomingHttpHeaders) => (trailers = given));
      passed.on("response", (given, flags) => {
        // An answer without a body has its gRPC status in its only headers.
        const isOver = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
        stream.respond(given, { endStream: isOver, waitForTrailers: !isOver });
        if (!isOver) passed.pipe(stream);
      });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      passed.on("error", () => stream.destroy());
      stream.on("error", () => passed.destroy());
    });
  });
  return server;
}
