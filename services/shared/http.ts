/** Serves a Hono application with limits on slow and idle clients, and stops it without cutting anyone off. */
import type { Server } from "node:http";
import { serve as listen, type ServerType } from "@hono/node-server";
import type { Hono } from "hono";

/** Cloud Run sends SIGTERM and, ten seconds later, SIGKILL (https://cloud.google.com/run/docs/container-contract). */
const STOP_BUDGET_MS = 9_000;

const LIMITS = {
  /** Node's default is 16 KiB; a Chainguard token is under 1 KiB, so this is ample. */
  maxHeaderSize: 32 * 1024,
  /** A client has this long to send its headers, */
  headersTimeout: 10_000,
  /** and this long for the whole request, */
  requestTimeout: 30_000,
  /** and a connection without a request is closed after this (longer than a load balancer's 600 s would be wasteful). */
  keepAliveTimeout: 65_000,
  /** How often Node looks for clients that are over a limit. */
  connectionsCheckingInterval: 2_000,
} as const;

export interface Serving {
  readonly port: number;
  /** Stops accepting, waits for what is in flight, then closes what is left when the budget is spent. */
  stop(): Promise<void>;
}

/** @throws the listen error (EADDRINUSE, EACCES) */
export function serveHttp(
  app: Hono,
  where: { readonly host: string; readonly port: number; readonly maxConnections?: number },
): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const server: ServerType = listen(
      {
        fetch: app.fetch,
        hostname: where.host,
        port: where.port,
        serverOptions: { ...LIMITS },
      },
      (address) => {
        server.off("error", reject);
        resolve({ port: address.port, stop: () => stopServer(server as Server) });
      },
    );
    server.once("error", reject);
    if (where.maxConnections !== undefined) (server as Server).maxConnections = where.maxConnections;
  });
}

function stopServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!server.listening) return resolve();
    const force = setTimeout(() => server.closeAllConnections(), STOP_BUDGET_MS);
    server.close((error) => {
      clearTimeout(force);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
