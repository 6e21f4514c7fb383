/** A proxy in front of Cloud Storage that notes which permission each request of a service takes. */
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** As IAM names it, on an object, or on the bucket where `object` is `undefined`. */
interface Use {
  readonly permission: string;
  readonly object?: string;
}

export interface StorageRecorder {
  readonly url: string;
  readonly uses: readonly Use[];
  close(): Promise<void>;
}

/** @param target base address of the storage behind it */
export async function startStorageRecorder(target: string): Promise<StorageRecorder> {
  const uses: Use[] = [];
  const server = createServer((incoming, outgoing) => {
    uses.push(...usesOf(incoming.method ?? "GET", new URL(incoming.url ?? "/", target)));
    const { host: _own, ...headers } = incoming.headers;
    const onward = send(
      new URL(incoming.url ?? "/", target),
      { method: incoming.method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", (error) => outgoing.destroy(error));
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    uses,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * https://cloud.google.com/storage/docs/access-control/iam-json has the permission of each method of the JSON API.
 * @throws Error for a request that is none of those that the services are known to make
 */
function usesOf(method: string, url: URL): readonly Use[] {
  const path = url.pathname.replace(/^\/upload/, "").replace(/^\/storage\/v1/, "");
  const name = url.searchParams.get("name");
  const copy = /^\/b\/[^/]+\/o\/([^/]+)\/(?:rewriteTo|copyTo)\/b\/[^/]+\/o\/([^/]+)$/.exec(path);
  const object = /^\/b\/[^/]+\/o\/([^/]+)$/.exec(path)?.[1];
  const decoded = (text: string | undefined) => decodeURIComponent(text ?? "");
  if (copy !== null)
    return [
      { permission: "storage.objects.get", object: decoded(copy[1]) },
      { permission: "storage.objects.create", object: decoded(copy[2]) },
    ];
  if (object !== undefined && method === "GET")
    return [{ permission: "storage.objects.get", object: decoded(object) }];
  if (object !== undefined && method === "DELETE")
    return [{ permission: "storage.objects.delete", object: decoded(object) }];
  if (/^\/b\/[^/]+\/o$/.test(path) && method === "GET") return [{ permission: "storage.objects.list" }];
  if (/^\/b\/[^/]+\/o$/.test(path) && method === "POST" && name !== null)
    return [{ permission: "storage.objects.create", object: name }];
  throw new Error(`which permission does ${method} ${url.href} take?`);
}
