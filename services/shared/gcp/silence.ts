/**
 * Ends requests of Google's HTTP clients (Cloud Storage, BigQuery) that nothing is heard of. They take a `timeout` and
 * hand it to node-fetch 3, which has none (teeny-request 11.1): a server that accepts and never answers would hold a
 * round for good.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

/** Milliseconds, for the requests that are made in this context. */
const limit = new AsyncLocalStorage<number>();

// https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http
subscribe("http.client.request.created", (message) => {
  const ms = limit.getStore();
  if (ms !== undefined) endWhenSilent((message as { request: ClientRequest }).request, ms);
});

/**
 * Runs `work`, in which a request fails with ETIMEDOUT once nothing came or went on its connection for `ms`, or up to
 * twice that: while it connects, waits for its answer or reads it. Large bodies may take as long as they move; who reads
 * an answer more slowly than that must not ask for it here.
 */
export function endingSilence<T>(ms: number, work: () => T): T {
  return limit.run(ms, work);
}

/** With a clock of its own: node-fetch turns off a request's timeout when the first line of the answer comes. */
function endWhenSilent(request: ClientRequest, ms: number): void {
  let heard = 0;
  const listen = () => {
    const { bytesRead = 0, bytesWritten = 0 } = request.socket ?? {};
    if (bytesRead + bytesWritten > heard) {
      heard = bytesRead + bytesWritten;
      timer = setTimeout(listen, ms).unref();
      return;
    }
    const reason = `nothing was heard of ${request.host} for ${ms} ms`;
    // Of its connection, as a network would: a request that is destroyed reads its answer to the end first.
    (request.socket ?? request).destroy(Object.assign(new Error(reason), { code: "ETIMEDOUT" }));
  };
  let timer = setTimeout(listen, ms).unref();
  request.once("close", () => clearTimeout(timer));
}
