/** Answers what never becomes a request: bytes that are no HTTP, headers that are too large or too slow. */
import type { Server, ServerResponse } from "node:http";
import { STATUS_CODES } from "./node-http.ts";

/** As Node tells them apart when nobody listens (https://nodejs.org/docs/latest-v24.x/api/http.html#event-clienterror). */
export type ClientErrorStatus = 400 | 408 | 413 | 431;

export interface ClientErrorAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const STATUSES: Readonly<Record<string, ClientErrorStatus>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Node closes such a connection after an answer without a body; this is the same answer with one.
 * @param answers those that are not out yet: one that has begun to go out is not written into
 */
export function answerClientErrors(
  server: Server,
  answers: ReadonlySet<ServerResponse>,
  answerTo: (status: ClientErrorStatus) => ClientErrorAnswer,
): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const hasBegun = [...answers].some((answer) => answer.socket === socket && answer.headersSent);
    if (socket.writable && !hasBegun) {
      const status = STATUSES[error.code ?? ""] ?? 400;
      const { headers, body } = answerTo(status);
      const all = { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
    }
    socket.destroy(error);
  });
}
