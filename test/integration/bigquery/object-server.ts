/** As much of Cloud Storage's JSON API as a load job reads: media and lists, from memory. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ObjectServer {
  readonly url: string;
  /** By `bucket/name`. */
  readonly objects: Map<string, Buffer>;
  /** Media of these objects begin and never end, until the server closes. */
  readonly stuck: Set<string>;
  close(): Promise<void>;
}

/** Lists answer one name a page, so that pages are followed. */
export async function startObjectServer(): Promise<ObjectServer> {
  const objects = new Map<string, Buffer>();
  const stuck = new Set<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://local");
    const parts = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname);
    const [bucket, name] = [decodeURIComponent(parts?.[1] ?? ""), parts?.[2] && decodeURIComponent(parts[2])];
    if (name === undefined || name === "") return list(response, bucket, url.searchParams);
    const content = objects.get(`${bucket}/${name}`);
    if (content === undefined || url.searchParams.get("alt") !== "media") {
      response.writeHead(404).end();
    } else if (stuck.has(`${bucket}/${name}`)) {
      response.writeHead(200).write(content);
    } else {
      response.writeHead(200, { "content-length": content.length }).end(content);
    }
  });

  function list(response: ServerResponse, bucket: string, query: URLSearchParams): void {
    const prefix = `${bucket}/${query.get("prefix") ?? ""}`;
    const names = [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    const start = Number(query.get("pageToken") ?? 0);
    const items = names.slice(start, start + 1).map((key) => ({ name: key.slice(bucket.length + 1) }));
    const nextPageToken = start + 1 < names.length ? { nextPageToken: String(start + 1) } : {};
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "storage#objects", items, ...nextPageToken }));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    stuck,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
