/** A JSON document over HTTP, by Node's own client: what `fetch` takes to get ready is a part of each start. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as plainRequest } from "#services/shared/node-http.ts";

export interface GetOptions {
  /** For all of it, from the first byte to the last. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** The server cannot be reached, or does not finish what it says. */
export class Unanswered extends Error {}

/**
 * Follows no redirect.
 * @throws Unanswered when it does not come, or not in time
 * @throws Error when there is no such document, or it is too large or no JSON
 */
export async function getJson(url: URL, { timeoutMs, maxBytes }: GetOptions): Promise<unknown> {
  const request = url.protocol === "https:" ? (await import("node:https")).request : plainRequest;
  const signal = AbortSignal.timeout(timeoutMs);
  const sent = request(url, { signal, headers: { accept: "application/json" } }).end();
  try {
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${url.pathname} answered ${response.statusCode}`);
    return JSON.parse(await textOf(response, maxBytes));
  } catch (error) {
    sent.destroy();
    if (signal.aborted) throw new Unanswered(`${url.pathname} did not come in ${timeoutMs} ms`);
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new Unanswered(message, { cause: error });
  }
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
