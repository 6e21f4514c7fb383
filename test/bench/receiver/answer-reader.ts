/** Finds the answers in the bytes of a connection: just enough of HTTP/1.1 for our own servers. */

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/**
 * Calls back with the status of each answer once all of it is there.
 * @throws Error when a body has neither a length nor chunks, which would leave its end unknown
 */
export function answerReader(onAnswer: (status: number) => void): (bytes: Buffer) => void {
  let rest: Buffer | undefined;
  return (bytes) => {
    rest = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
    for (;;) {
      const end = answerEnd(rest);
      if (end === undefined) return;
      const status = Number(rest.toString("latin1", 9, 12));
      rest = end === rest.length ? undefined : rest.subarray(end);
      onAnswer(status);
      if (rest === undefined) return;
    }
  };
}

/** Where the first answer ends; `undefined` while it is not all there. */
function answerEnd(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const bodyStart = headEnd + HEAD_END.length;
  const head = bytes.toString("latin1", 0, headEnd);
  if (head.startsWith("HTTP/1.1 204")) return bodyStart;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    return end <= bytes.length ? end : undefined;
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`an answer without a length: ${head}`);
  const lastChunk = bytes.indexOf(LAST_CHUNK, bodyStart);
  return lastChunk === -1 ? undefined : lastChunk + LAST_CHUNK.length;
}
