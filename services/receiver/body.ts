/** Reads a request's body as bytes, up to a cap. */
import type { IncomingMessage } from "node:http";

export type Body =
  | { readonly outcome: "read"; readonly bytes: Uint8Array }
  | { readonly outcome: "too-large" }
  /** The connection ended before the body did; nobody is there to read an answer. */
  | { readonly outcome: "cut-short" };

/** Never holds more than the cap and the one chunk beyond it; what is not read then stays with the socket. */
export function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (body: Body) => {
      incoming.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
      incoming.pause();
      resolve(body);
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
    if (incoming.destroyed) return onCut();
    incoming.on("data", onData).on("end", onEnd).on("error", onCut).on("close", onCut);
  });
}
