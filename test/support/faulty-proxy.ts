/** A TCP proxy in front of a stand-in that fails in the ways that networks and servers do. */
import { once } from "node:events";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * - `refuse`: nobody listens, and what was connected is cut;
 * - `hang`: connections are taken and never answered, those that are open fall silent;
 * - `half`: the first bytes of an answer arrive, and then no more;
 * - `cut`: the first bytes of an answer arrive, and then the connection ends;
 * - a number: every request is answered with that status.
 *
 * A connection that went wrong stays so when the proxy is well again, as it is when a network comes back.
 */
export type ProxyFault = "refuse" | "hang" | "half" | "cut" | 429 | 500 | 503;

export interface FaultyProxy {
  readonly port: number;
  /** How many connections met the fault. */
  readonly hits: number;
  fail(fault: ProxyFault): Promise<void>;
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Enough for a status line and a header or two, less than any answer. */
const FIRST_BYTES = 40;

/** @param protocol what a status is spoken in: the stand-ins with gRPC speak HTTP/2 */
export async function startFaultyProxy(target: number, protocol: "http" | "http2"): Promise<FaultyProxy> {
  let fault: ProxyFault | undefined;
  let hits = 0;
  const open = new Set<Socket>();

  const refusing = createHttp2Server((_request, response) => {
    response.statusCode = typeof fault === "number" ? fault : 503;
    response.end();
  });

  function answerStatus(client: Socket, status: number): void {
    if (protocol === "http2") {
      refusing.emit("connection", client);
      return;
    }
    client.on("data", () => {
      client.end(`HTTP/1.1 ${status} Fault\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    });
  }

  function forward(client: Socket): void {
    const upstream = connect(target, "127.0.0.1");
    remember(upstream);
    client.on("data", (chunk) => {
      if (fault === "hang" || typeof fault === "number") spoil(client, upstream);
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => {
      client.write(fault === undefined ? chunk : chunk.subarray(0, fault === "hang" ? 0 : FIRST_BYTES));
      if (fault !== undefined) spoil(client, upstream);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  }

  /** From now on this connection is silent for ever, or gone. */
  function spoil(client: Socket, upstream: Socket): void {
    hits += 1;
    client.removeAllListeners("data").resume();
    upstream.removeAllListeners("data").resume();
    if (fault === "cut" || fault === "refuse" || typeof fault === "number") client.destroy();
  }

  function remember(socket: Socket): void {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  const server = createServer((client) => {
    remember(client);
    if (fault === "hang") {
      hits += 1;
      client.resume();
    } else if (typeof fault === "number") {
      hits += 1;
      answerStatus(client, fault);
    } else forward(client);
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const stopListening = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    port,
    get hits() {
      return hits;
    },
    async fail(next) {
      fault = next;
      if (next !== "refuse") return;
      await stopListening();
      // Nobody can count who was not let in: that one is not let in must do.
      const [error] = (await once(connect(port, "127.0.0.1"), "error")) as [NodeJS.ErrnoException];
      if (error.code === "ECONNREFUSED") hits += 1;
    },
    async recover() {
      const was = fault;
      fault = undefined;
      if (was === "refuse") await listen(port);
      // HTTP/2 connections that only ever said 503 end with the outage.
      if (typeof was === "number") for (const socket of open) socket.destroy();
    },
    async close() {
      fault = undefined;
      await stopListening();
    },
  };
}
