/** Reads a request's body as bytes, up to a cap, from a sender that keeps a pace. */
import type { IncomingMessage } from "node:http";
import type { Deadlines, Wait } from "./deadlines.ts";

export type Body =
  | { readonly outcome: "read"; readonly bytes: Uint8Array }
  | { readonly outcome: "too-large" }
  | { readonly outcome: "too-slow" }
  /** The connection ended before the body did; nobody is there to read an answer. */
  | { readonly outcome: "cut-short" };

/** A body holds slots while it is read. It is looked at this often, */
export const PACE_MS = 2_000;
/** has to bring this much each time, 16 KiB a second, unless it is complete, */
export const PACE_BYTES = 32 * 1024;
/** and is complete after 10 seconds: 9 MiB, the largest that any sender may post, need 8 Mbit/s for that. */
const PACES_MAX = 5;

/**
 * Never holds more than the cap and the one chunk beyond it; what is not read then stays with the socket.
 * @param pace waits of `PACE_MS`
 */
export function readBody(incoming: IncomingMessage, maxBytes: number, pace: Deadlines): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let paces = 0;
    let isDone = false;
    let wait: Wait;
    const finish = (body: Body) => {
      isDone = true;
      incoming.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
      incoming.pause();
      pace.end(wait);
      resolve(body);
    };
    const onPace = (isLate: boolean) => {
      // A process that was busy for as long has not read what arrived meanwhile: after timers come sockets, then immediates.
      if (isLate) setImmediate(endPace);
    };
    const endPace = () => {
      if (isDone) return;
      paces += 1;
      if (paces === PACES_MAX || size < paces * PACE_BYTES) return finish({ outcome: "too-slow" });
      wait = pace.begin(onPace);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) return finish({ outcome: "too-large" });
      chunks.push(chunk);
    };
    const onEnd = () => {
      const [only] = chunks;
      finish({ outcome: "read", bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks, size) });
    };
    const onCut = () => finish({ outcome: "cut-short" });
    wait = pace.begin(onPace);
    if (incoming.destroyed) return onCut();
    incoming.on("data", onData).on("end", onEnd).on("error", onCut).on("close", onCut);
  });
}
