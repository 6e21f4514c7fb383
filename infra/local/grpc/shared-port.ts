/** One port for HTTP/2 and HTTP/1, as Google's own Pub/Sub emulator has: gRPC beside a REST API. */
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Socket } from "node:net";
import { LOCAL_HOST } from "../stand-in.ts";

/** Every HTTP/2 connection begins with `PRI * HTTP/2.0` (RFC 9113, section 3.4); the REST API has no method with a P. */
const P = 0x50;

export interface SharedPort {
  readonly port: number;
  /** Takes no connection more, and ends those of HTTP/1. */
  close(): void;
}

/** @throws an error with code EADDRINUSE when the port is taken */
export async function listenForBoth(
  port: number,
  onHttp2: (socket: Socket) => void,
  onRequest: RequestListener,
): Promise<SharedPort> {
  const http = createHttpServer(onRequest);
  const server = createServer((socket) => {
    // Of a client that goes away before it says anything.
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      if (first[0] === P) onHttp2(socket);
      else http.emit("connection", socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOCAL_HOST, resolve);
  });
  const address = server.address() as { readonly port: number };
  return {
    port: address.port,
    close: () => {
      server.close();
      http.closeAllConnections();
    },
  };
}
