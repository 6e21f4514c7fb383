/** What the smoke test of a deployment asks of a receiver, as real HTTP. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HealthyReceiver {
  readonly url: string;
  /** What was posted, in order. */
  readonly posted: { url: string; authorization: string | undefined; type: string | undefined }[];
  /** Answers so many requests 403, as Cloud Run does until the grant to its callers is in effect. */
  refuse(requests: number): void;
  close(): void;
}

/** Has no /distribution, and takes the first of the local zot tokens. */
export async function startHealthyReceiver(): Promise<HealthyReceiver> {
  const posted: HealthyReceiver["posted"] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    const { url = "", headers } = request;
    if (refused > 0) {
      refused -= 1;
      response.writeHead(403).end();
      return;
    }
    if (request.method === "POST")
      posted.push({
        url,
        authorization: headers.authorization,
        type: headers["ce-type"] as string | undefined,
      });
    const isSigned = headers.authorization === "Bearer local-zot-token";
    response.statusCode = url === "/health" ? 200 : url === "/distribution" ? 404 : isSigned ? 202 : 401;
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posted,
    refuse: (requests) => (refused = requests),
    close: () => server.close(),
  };
}
