/** Every answer that is no success: RFC 9457 documents under stable names, with nothing secret in them. */
import type { Answer } from "./answer.ts";

interface Kind {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 431 | 500 | 503;
  readonly title: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** What a 401 must say it takes (https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2). */
  readonly challenge?: string;
}

/** The names are part of the receiver's interface, the titles are for people. */
export const PROBLEMS = {
  "no-token": { status: 401, title: "The request carries no token", challenge: "Bearer" },
  "token-malformed": { status: 403, title: "The token is not a signed JWT" },
  "token-algorithm": { status: 403, title: "The token is signed in a way that is not accepted" },
  "token-issuer": { status: 403, title: "The token is from another issuer" },
  "token-subject": { status: 403, title: "The token is for another receiver" },
  "token-audience": { status: 403, title: "The token is for another audience" },
  "token-expired": { status: 403, title: "The token has expired" },
  "token-not-yet-valid": { status: 403, title: "The token is not valid yet" },
  "token-claim": { status: 403, title: "The token lacks a claim, or has one in a wrong form" },
  "token-key": { status: 403, title: "The issuer has no such key" },
  "token-signature": { status: 403, title: "The token's signature is wrong" },
  "token-digest": { status: 403, title: "The token is for another body" },
  "no-credentials": {
    status: 401,
    title: "The request carries no credentials",
    challenge: 'Bearer, Basic realm="pullhouse"',
  },
  "wrong-credentials": { status: 403, title: "The credentials are not those of this sender" },
  "repeated-header": { status: 400, title: "A header that may stand once is there twice" },
  "not-a-cloudevent": { status: 400, title: "The request is not a CloudEvent" },
  "not-http": { status: 400, title: "The request is not HTTP" },
  "body-cut-short": { status: 400, title: "The request's body did not arrive as a whole" },
  "body-too-slow": { status: 408, title: "The request's body arrives too slowly" },
  "request-too-slow": { status: 408, title: "The request arrives too slowly" },
  "too-large": { status: 413, title: "The body is too large" },
  "too-many-events": { status: 413, title: "The batch has too many events" },
  "headers-too-large": { status: 431, title: "The request's headers are too large" },
  "not-json": { status: 415, title: "The body is not JSON" },
  "not-found": { status: 404, title: "There is nothing here" },
  "method-not-allowed": { status: 405, title: "This method is not for this address" },
  "issuer-unavailable": { status: 503, title: "The issuer's keys cannot be had at present", retryAfter: 5 },
  "storage-unavailable": { status: 503, title: "The event cannot be kept at present", retryAfter: 5 },
  overloaded: { status: 503, title: "Too many requests are in progress", retryAfter: 1 },
  "internal-error": { status: 500, title: "The receiver has a fault" },
} as const satisfies Record<string, Kind>;

export type ProblemName = keyof typeof PROBLEMS;

/** https://www.rfc-editor.org/rfc/rfc9457#section-3 */
interface Problem {
  readonly type: `urn:pullhouse:problem:${ProblemName}`;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Which event of a batch, from 0. */
  readonly index?: number;
}

/** @param detail what the sender can do about it; never a token, a header's value or data */
function problemOf(name: ProblemName, detail: string, index?: number): Problem {
  const { status, title } = PROBLEMS[name];
  return {
    type: `urn:pullhouse:problem:${name}`,
    title,
    status,
    detail,
    ...(index === undefined ? {} : { index }),
  };
}

export function problemAnswer(
  name: ProblemName,
  detail: string,
  { index, headers = {} }: { readonly index?: number; readonly headers?: Answer["headers"] } = {},
): Answer {
  const kind: Kind = PROBLEMS[name];
  return {
    status: kind.status,
    headers: {
      "content-type": "application/problem+json",
      ...(kind.retryAfter === undefined ? {} : { "retry-after": String(kind.retryAfter) }),
      ...(kind.challenge === undefined ? {} : { "www-authenticate": kind.challenge }),
      ...headers,
    },
    body: JSON.stringify(problemOf(name, detail, index)),
  };
}
