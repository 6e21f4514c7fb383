/** Posts one message to the receiver, once, and says what became of it. */
import { reasonOf } from "#services/shared/errors.ts";
import type { Outage } from "./outage.ts";
import type { ForwardedRequest } from "./request.ts";

export interface Receiver {
  readonly receiverUrl: string;
  /** The value of `Authorization`. */
  readonly authorization: string;
  readonly requestTimeoutMs: number;
  readonly outage: Outage;
}

/** `kept`: the receiver has it. `refused`: it will never take it. `later`: not before `afterMs`. */
export type Forwarded =
  | { readonly outcome: "kept" }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "later"; readonly afterMs: number };

/** What no repetition can change. 401, 403 and 404 are a configuration that somebody will mend. */
const NEVER = new Set([400, 413, 415, 422, 431]);
const RETRY_AFTER_MAX_S = 60;
/** As much of an answer as its reason can be found in. */
const ANSWER_MAX_BYTES = 16_384;

export async function forward(request: ForwardedRequest, receiver: Receiver): Promise<Forwarded> {
  if (request.repeated !== undefined)
    return { outcome: "refused", reason: `the header "${request.repeated}" may stand once` };
  let response: Response;
  let text: string;
  try {
    response = await fetch(receiver.receiverUrl, {
      method: "POST",
      headers: { ...request.headers, authorization: receiver.authorization },
      body: Buffer.from(request.body),
      redirect: "manual",
      signal: AbortSignal.timeout(receiver.requestTimeoutMs),
    });
    text = await startOf(response);
  } catch (error) {
    receiver.outage.failed({
      code: "RECEIVER_UNAVAILABLE",
      reason: reasonOf((error as Error).cause ?? error),
    });
    return { outcome: "later", afterMs: 0 };
  }
  if (response.ok) {
    receiver.outage.succeeded();
    return { outcome: "kept" };
  }
  const reason = `${response.status} ${detailOf(text)}`.trim();
  if (NEVER.has(response.status)) return { outcome: "refused", reason };
  receiver.outage.failed({ code: "RECEIVER_UNAVAILABLE", reason, status: response.status });
  const seconds = Number(response.headers.get("retry-after"));
  return { outcome: "later", afterMs: seconds > 0 ? 1_000 * Math.min(seconds, RETRY_AFTER_MAX_S) : 0 };
}

async function startOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= ANSWER_MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}

/** The receiver answers problem documents (RFC 9457); what else answers, a proxy, is quoted in part. */
function detailOf(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return `${title ?? ""}: ${detail ?? ""}`;
  } catch {
    return text.slice(0, 200);
  }
}
