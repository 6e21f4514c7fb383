/** The load generator's reader: an answer is counted once all of it is there, however its bytes arrive. */
import { expect, test } from "vitest";
import { answerReader } from "#test/bench/receiver/answer-reader.ts";

const EMPTY = "HTTP/1.1 204 No Content\r\ndate: today\r\n\r\n";
const WITH_LENGTH = "HTTP/1.1 202 Accepted\r\nContent-Length: 11\r\n\r\n0\r\n\r\n{id:1}";
const IN_CHUNKS =
  "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwait\r\n0\r\n\r\n";

/** The statuses that are told after each of the pieces. */
function read(pieces: readonly string[]): number[][] {
  const statuses: number[] = [];
  const take = answerReader((status) => statuses.push(status));
  return pieces.map((piece) => {
    take(Buffer.from(piece, "latin1"));
    return statuses.splice(0);
  });
}

test.each([
  [EMPTY, 204],
  [WITH_LENGTH, 202],
  [IN_CHUNKS, 503],
])("%j is told with its last byte, whatever the bytes come in", (answer, status) => {
  for (let at = 1; at < answer.length; at++) {
    expect(read([answer.slice(0, at), answer.slice(at)])).toEqual([[], [status]]);
  }
  const toldAt = read(answer.split("")).flatMap((told, at) => told.map(() => at));
  expect(toldAt).toEqual([answer.length - 1]);
});

test("several answers may come at once, the last one in part", () => {
  const all = EMPTY + WITH_LENGTH + IN_CHUNKS + EMPTY;
  expect(read([all.slice(0, -4), all.slice(-4)])).toEqual([[204, 202, 503], [204]]);
});

test("an answer whose end cannot be known is an error", () => {
  expect(() => read(["HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"])).toThrow("an answer without a length");
});
