/** Brings one message to the receiver, however often it takes. */
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import { persist, type RetryPorts } from "#services/shared/retry.ts";
import type { ForwardedRequest } from "./request.ts";

export interface ForwardDeps extends RetryPorts {
  readonly receiverUrl: string;
  readonly authorization: string;
  readonly requestTimeoutMs: number;
  readonly log: Log;
  /** Once it is aborted nothing is tried again. */
  readonly stop: AbortSignal;
}

/** `kept`: the receiver has it. `refused`: it will never take it. `given-up`: the bridge stops. */
export type Forwarded =
  | { readonly outcome: "kept" }
  | { readonly outcome: "refused"; readonly reason: string }
  | { readonly outcome: "given-up" };

/** What no repetition can change. 401, 403 and 404 are a configuration that somebody will mend. */
const NEVER = new Set([400, 413, 415, 422]);
const RETRY_AFTER_MAX_S = 60;

export async function forward(request: ForwardedRequest, deps: ForwardDeps): Promise<Forwarded> {
  let attempt = 0;
  const once = () => post(request, deps, ++attempt);
  try {
    await persist(once, () => deps.stop.aborted, deps);
    return { outcome: "kept" };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    if (error.retry === "later") return { outcome: "given-up" };
    return { outcome: "refused", reason: error.message };
  }
}

/** @throws PipelineError RECEIVER_UNAVAILABLE, RECEIVER_REFUSED */
async function post(request: ForwardedRequest, deps: ForwardDeps, attempt: number): Promise<void> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(deps.receiverUrl, {
      method: "POST",
      headers: { ...request.headers, authorization: deps.authorization },
      body: Buffer.from(request.body),
      redirect: "manual",
      signal: AbortSignal.timeout(deps.requestTimeoutMs),
    });
    text = await response.text();
  } catch (error) {
    const cause = (error as Error).cause;
    throw later(cause === undefined ? reasonOf(error) : reasonOf(cause), deps, attempt);
  }
  if (response.ok) return;
  const reason = `${response.status} ${detailOf(text)}`.trim();
  if (NEVER.has(response.status)) throw new PipelineError("RECEIVER_REFUSED", "never", reason);
  const failure = later(reason, deps, attempt, response.status);
  const seconds = Number(response.headers.get("retry-after") ?? 0);
  if (seconds > 0) await deps.clock.sleep(1_000 * Math.min(seconds, RETRY_AFTER_MAX_S), deps.stop);
  throw failure;
}

/** Each failure of a long outage would be a line; those whose number is a power of two tell as much. */
function later(reason: string, { log }: ForwardDeps, attempt: number, status?: number): PipelineError {
  if ((attempt & (attempt - 1)) === 0) {
    const known = status === undefined ? {} : { status };
    log.warn("not forwarded yet", { code: "RECEIVER_UNAVAILABLE", reason, attempt, ...known });
  }
  return new PipelineError("RECEIVER_UNAVAILABLE", "later", reason);
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
