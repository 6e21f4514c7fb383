/** Posts events over kept connections and tries again what may succeed later. */
import { Agent, request } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";

export interface Postable {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** `refused`: the receiver says that the event is at fault (4xx). `failed`: no good answer in all tries. */
export type PostOutcome =
  | { readonly outcome: "accepted"; readonly tries: number }
  | { readonly outcome: "refused"; readonly status: number; readonly reason: string }
  | { readonly outcome: "failed"; readonly status?: number; readonly reason: string };

export interface Poster {
  /** Never rejects, except for what `authorize` throws. */
  post(event: Postable): Promise<PostOutcome>;
  close(): void;
}

export interface PosterOptions {
  readonly url: string;
  /** The value of the `authorization` header, asked for again with every try, as tokens end; none where it is `undefined`. */
  readonly authorize: (event: Postable) => Promise<string | undefined>;
  readonly maxConnections: number;
  readonly clock: Clock;
  readonly tries?: number;
}

const ACCEPTED = 202;
const TOO_MANY = 429;
/** Longer than the receiver may take: Pub/Sub's two seconds and then the spill. */
const ANSWER_WITHIN_MS = 30_000;
/** Together some 20 seconds: a receiver that is killed is back in two. */
const TRIES = 9;
const BACKOFF_MS = { first: 100, most: 5_000 };

type Answer =
  | { readonly status: number; readonly body: string; readonly retryAfterMs: number }
  | { readonly reason: string };

export function createPoster(options: PosterOptions): Poster {
  const { clock, tries = TRIES } = options;
  const url = new URL(options.url);
  const pool = { keepAlive: true, maxSockets: options.maxConnections };
  const agent = url.protocol === "https:" ? new TlsAgent(pool) : new Agent(pool);

  async function post(event: Postable): Promise<PostOutcome> {
    let backoffMs = BACKOFF_MS.first;
    for (let attempt = 1; ; attempt++) {
      const authorization = await options.authorize(event);
      const headers = { ...event.headers, ...(authorization === undefined ? {} : { authorization }) };
      const answer = await ask(url, agent, { ...event, headers });
      if ("status" in answer) {
        if (answer.status === ACCEPTED) return { outcome: "accepted", tries: attempt };
        if (answer.status >= 400 && answer.status < 500 && answer.status !== TOO_MANY) {
          return { outcome: "refused", status: answer.status, reason: titleOf(answer.body) };
        }
      }
      if (attempt >= tries) {
        return "status" in answer
          ? { outcome: "failed", status: answer.status, reason: titleOf(answer.body) }
          : { outcome: "failed", reason: answer.reason };
      }
      await clock.sleep(Math.max(backoffMs, "status" in answer ? answer.retryAfterMs : 0));
      backoffMs = Math.min(2 * backoffMs, BACKOFF_MS.most);
    }
  }

  return { post, close: () => agent.destroy() };
}

function ask(url: URL, agent: Agent, { headers, body }: Postable): Promise<Answer> {
  return new Promise((resolve) => {
    const send = url.protocol === "https:" ? tlsRequest : request;
    const outgoing = send(
      url,
      {
        agent,
        method: "POST",
        headers: { ...headers, "content-length": body.byteLength },
        timeout: ANSWER_WITHIN_MS,
      },
      (response) => {
        const retryAfterMs = 1000 * (Number(response.headers["retry-after"]) || 0);
        text(response).then(
          (answer) =>
            resolve({
              status: response.statusCode ?? 0,
              body: answer,
              retryAfterMs: Math.min(retryAfterMs, BACKOFF_MS.most),
            }),
          (error: unknown) => resolve({ reason: reasonOf(error) }),
        );
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${ANSWER_WITHIN_MS / 1000} s`)));
    outgoing.on("error", (error) => resolve({ reason: reasonOf(error) }));
    outgoing.end(body);
  });
}

/** What a problem document (RFC 9457) says, else the beginning of the answer. */
function titleOf(body: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string };
    const words = [title, detail].filter(Boolean).join(": ");
    if (words !== "") return words;
  } catch {
    // Not JSON: the text itself is all there is to show.
  }
  return body.slice(0, 200).trim() || "no reason given";
}
