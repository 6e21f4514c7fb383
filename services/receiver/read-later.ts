/** Leaves a connection alone that was told to come again, until it may. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Deadlines } from "./deadlines.ts";

/**
 * Who obeys `Retry-After` notices nothing. Who does not would take the processor from the events that are being kept.
 * What such a client sends in the meantime stays in the kernel's buffer, and then in its own.
 * @param pauses begin when the answer is out and the rest of the request is in
 */
export function readLater(incoming: IncomingMessage, outgoing: ServerResponse, pauses: Deadlines): void {
  const { socket } = incoming;
  const pause = () => {
    socket.pause();
    pauses.begin(() => socket.resume());
  };
  // The body is thrown away at once: whoever does it later makes the connection flow again.
  incoming.resume();
  outgoing.once("close", () => {
    if (incoming.readableEnded) pause();
    else incoming.once("end", pause);
  });
}
