/** Secrets that a sender shows instead of a signature; several are valid at once, so that they can be replaced. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHeaders } from "./request-headers.ts";

/** Whether a secret is one of ours. How long it takes to say so depends on the number of secrets alone. */
export type IsOurs = (presented: string) => boolean;

/** Compares digests, which have one length, and all of them, whichever matches. */
export function secretsOf(secrets: readonly string[]): IsOurs {
  const digests = secrets.map(digestOf);
  return (presented) => {
    const digest = digestOf(presented);
    return digests.map((own) => timingSafeEqual(own, digest)).includes(true);
  };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * The values that an `Authorization` header carries for a user's credentials `user:password`
 * (https://www.rfc-editor.org/rfc/rfc7617#section-2).
 */
export function basicValue(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

/**
 * The value of the `Authorization` header with its scheme in one spelling, since schemes ignore case
 * (https://www.rfc-editor.org/rfc/rfc9110#section-11.1); `undefined` when there is none.
 */
export function authorizationOf(headers: RequestHeaders): string | undefined {
  const value = headers.get("authorization")?.trim() ?? "";
  const [, scheme] = /^(basic|bearer) /i.exec(value) ?? [];
  if (scheme === undefined) return value || undefined;
  return `${scheme.toLowerCase() === "basic" ? "Basic" : "Bearer"} ${value.slice(scheme.length).trim()}`;
}
