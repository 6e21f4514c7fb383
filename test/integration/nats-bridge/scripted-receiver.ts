/** A receiver that answers what a test says, for answers that ours gives only in trouble. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Post {
  readonly id: string;
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
}

export interface ScriptedReceiver {
  readonly url: string;
  readonly posts: readonly Post[];
  close(): Promise<void>;
}

interface Scripted {
  readonly status: number | "never answers";
  readonly headers?: Record<string, string>;
}

/** @param script gets the event's id and how often it has come, from 1 */
export async function startScriptedReceiver(
  script: (id: string, time: number) => Scripted,
): Promise<ScriptedReceiver> {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: string };
      posts.push({ id, at: performance.now() });
      const { status, headers } = script(id, posts.filter((post) => post.id === id).length);
      if (status !== "never answers") response.writeHead(status, headers).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/zot`,
    posts,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
