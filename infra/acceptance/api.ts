/** REST requests to the APIs that a deployment runs on. */

export type ApiName =
  | "bigquery"
  | "cloudtasks"
  | "iam"
  | "logging"
  | "monitoring"
  | "pubsub"
  | "run"
  | "secretmanager"
  | "serviceusage"
  | "storage";

export interface ApiRequest {
  /** GET, if left out. */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the API's version: `/projects/my-project/jobs`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string as it is. */
  readonly body?: object | string;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed; `undefined` for an empty answer, a string for one that isn't JSON. */
  readonly body: unknown;
}

export interface Api {
  serves(api: ApiName): boolean;
  /** @throws Error when nobody serves it, or no answer comes */
  call(api: ApiName, request: ApiRequest): Promise<ApiAnswer>;
}

const TIMEOUT_MS = 30_000;

/**
 * @param bases address of each API with its version, without a slash at the end
 * @param token of the caller; `undefined` for an emulator
 */
export function createApi(bases: Partial<Record<ApiName, string>>, token?: () => Promise<string>): Api {
  return {
    serves: (api) => bases[api] !== undefined,
    async call(api, { method = "GET", path, query = {}, body }) {
      const base = bases[api];
      if (base === undefined) throw new Error(`nobody serves ${api} here`);
      const url = new URL(`${base}${path}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const answer = await fetch(url, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${await token()}` }),
          ...(typeof body === "object" ? { "content-type": "application/json" } : {}),
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: answer.status, body: parsed(await answer.text()) };
    },
  };
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Front ends answer in HTML: the text is what there is to show.
    return text;
  }
}

/** The answer's body. @throws Error with Google's own message for any status but 2xx */
export async function read<T>(api: Api, name: ApiName, request: ApiRequest): Promise<T> {
  const { status, body } = await api.call(name, request);
  if (status >= 200 && status < 300) return body as T;
  throw new Error(`${name} answered ${status} to ${request.path}: ${messageOf(body)}`);
}

/** https://cloud.google.com/apis/design/errors#http_mapping */
export function messageOf(body: unknown): string {
  const { error } = (body ?? {}) as { error?: { message?: string } };
  return error?.message ?? String(body).slice(0, 200);
}
