/** What a request is told, as plain parts: an event's are written as they are, the routes make a `Response` of theirs. */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function responseOf({ body, ...init }: Answer): Response {
  return new Response(body, init);
}

/** So long may a body go on that nobody wants, for its sender to notice the answer; then its connection ends. Hono's server has the same. */
const UNREAD_MS = 500;

export function writeAnswer(
  { status, headers, body }: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
  if (incoming.readableEnded) return;
  // Not before the answer is out, which may stand behind another one on the same connection.
  outgoing.once("close", () => {
    incoming.resume();
    if (incoming.complete || incoming.destroyed) return;
    const timer = setTimeout(() => incoming.socket.destroySoon(), UNREAD_MS);
    incoming.once("close", () => clearTimeout(timer));
  });
}
