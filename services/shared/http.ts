/** Serves an application with limits on slow and idle clients, and stops it without cutting anyone off. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { getRequestListener } from "@hono/node-server";
import { answerClientErrors, type ClientErrorAnswer, type ClientErrorStatus } from "./client-errors.ts";
import { createServer } from "./node-http.ts";

/** Cloud Run sends SIGTERM and, ten seconds later, SIGKILL (https://cloud.google.com/run/docs/container-contract). */
const STOP_BUDGET_MS = 9_000;

const STOP_SWEEP_MS = 50;

const LIMITS = {
  /**
   * Of the request line and all headers. A batch of Chainguard's names the ids of all its parts in `ce-subject`: 700 of them
   * are 40 KiB. A connection holds that much at most until its headers are complete, and Cloud Run opens a hundred: 6.4 MiB.
   */
  maxHeaderSize: 64 * 1024,
  /** A client has this long to send its headers, */
  headersTimeout: 10_000,
  /** and this long for the whole request, */
  requestTimeout: 30_000,
  /** and a connection without a request is closed after this (longer than a load balancer's 600 s would be wasteful). */
  keepAliveTimeout: 65_000,
  /** How often Node looks for clients that are over a limit. */
  connectionsCheckingInterval: 2_000,
} as const;

export interface HttpApp {
  /** Answers a request that needs no routing; `false` leaves it to `fetch`. */
  take?(incoming: IncomingMessage, outgoing: ServerResponse): boolean;
  /** Answers what Node could not read as a request; without it that answer has no body. */
  unreadable?(status: ClientErrorStatus): ClientErrorAnswer;
  /** A Hono application's. */
  readonly fetch: Parameters<typeof getRequestListener>[0];
}

export interface Where {
  readonly host: string;
  readonly port: number;
  readonly maxConnections?: number;
  /** Told why a request could not be routed; it is answered with 500. */
  readonly failed?: (error: unknown) => void;
  /** In place of the limits above, for tests that cannot wait for them. */
  readonly limits?: Partial<Record<keyof typeof LIMITS, number>>;
}

export interface Serving {
  readonly port: number;
  /** Stops accepting, waits for what is in flight, then closes what is left when the budget is spent. */
  stop(): Promise<void>;
}

/** @throws the listen error (EADDRINUSE, EACCES) */
export function serveHttp(app: HttpApp, where: Where): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const server = createServer({ ...LIMITS, ...where.limits }, listenerOf(app, where));
    const answers = trackAnswers(server);
    if (app.unreadable) answerClientErrors(server, answers, app.unreadable.bind(app));
    if (where.maxConnections !== undefined) server.maxConnections = where.maxConnections;
    server.once("error", reject);
    server.listen(where.port, where.host, () => {
      server.off("error", reject);
      const { port } = server.address() as AddressInfo;
      resolve({ port, stop: () => stopServer(server, answers) });
    });
  });
}

/** What makes Fetch's requests and responses is read for the first request that needs them (node-http.ts says why). */
function listenerOf(app: HttpApp, { host, failed }: Where): RequestListener {
  let reading: Promise<RequestListener> | undefined;
  const read = async () => {
    const { getRequestListener, RequestError } = await import("@hono/node-server");
    // A target or a Host of which no address can be made is no request, either.
    const errorHandler = (error: unknown) => {
      if (!(error instanceof RequestError)) failed?.(error);
      else if (app.unreadable) {
        const { headers, body } = app.unreadable(400);
        return new Response(body, { status: 400, headers });
      }
      return new Response(null, { status: error instanceof RequestError ? 400 : 500 });
    };
    return getRequestListener(app.fetch, { hostname: host, errorHandler });
  };
  return (incoming, outgoing) => {
    if (app.take?.(incoming, outgoing)) return;
    reading ??= read();
    reading.then(
      (listener) => listener(incoming, outgoing),
      (error: unknown) => {
        // The next request tries again: it may have been want of file descriptors.
        reading = undefined;
        failed?.(error);
        outgoing.writeHead(500).end();
      },
    );
  };
}

/** The answers that are not out yet. */
function trackAnswers(server: Server): ReadonlySet<ServerResponse> {
  const answers = new Set<ServerResponse>();
  server.prependListener("request", (_request, answer: ServerResponse) => {
    // Once it stops, nobody is invited to send another request on a connection that is about to close.
    if (!server.listening) answer.setHeader("connection", "close");
    answers.add(answer);
    answer.once("close", () => answers.delete(answer));
  });
  return answers;
}

function stopServer(server: Server, answers: ReadonlySet<ServerResponse>): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!server.listening) return resolve();
    for (const answer of answers) if (!answer.headersSent) answer.setHeader("connection", "close");
    const force = setTimeout(() => server.closeAllConnections(), STOP_BUDGET_MS);
    // A connection that is kept alive is idle only once its last answer is out.
    const sweep = setInterval(() => server.closeIdleConnections(), STOP_SWEEP_MS);
    server.close((error) => {
      clearTimeout(force);
      clearInterval(sweep);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
