/** Google's REST APIs that no client library here is for, with the credentials that the others find, too. */
import { Storage } from "@google-cloud/storage";

export interface Google {
  /** GET of a JSON document. */
  readonly get: (url: URL) => Promise<unknown>;
  /**
   * Rejects where there are no credentials. To be asked before a gRPC client, which would end the process: it leaves
   * the failure to a promise that nobody waits for.
   */
  readonly ready: () => Promise<unknown>;
}

export function openGoogle(project: string, requestTimeoutMs: number): Google {
  // Its scopes include cloud-platform (https://cloud.google.com/nodejs/docs/reference/storage/latest).
  const { authClient } = new Storage({ projectId: project });
  return {
    get: async (url) => {
      const { data } = await authClient.request<unknown>({ url: url.href, timeout: requestTimeoutMs });
      return data;
    },
    ready: () => authClient.getClient(),
  };
}
