/** Signs the token that comes with an event, with the claims that Chainguard's issuer puts into it. */
import { createHash } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import type { SigningKey } from "./keys.ts";

/** What every event from Chainguard is meant for. */
const AUDIENCE = "customer";
const EXPIRES_IN_SECONDS = 300;

export interface EventToken {
  readonly issuer: string;
  /** The UIDP of the subscription's group: `<40 hex>` or `<40 hex>/<16 hex>/…`. */
  readonly group: string;
  readonly audience?: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly expiresInSeconds?: number;
  /** Claims that replace ours, and with `undefined` remove them: for tokens that must be refused. */
  readonly overrides?: JWTPayload;
}

/**
 * A token for exactly these bytes: the claim `webhook.digest` is their SHA-256, so each body needs its own.
 * The same body signed with RS256 in the same second gives the same token.
 * Claims as chainguard.dev/sdk/events/receiver reads them: iss, iat, exp, sub, aud, webhook.
 */
export function signEventToken(
  key: SigningKey,
  event: EventToken & { readonly body: Uint8Array },
): Promise<string> {
  return signDigestToken(key, { ...event, digest: digestOf(event.body) });
}

/** @param event.digest `sha256:<hex>` of the body */
export function signDigestToken(
  key: SigningKey,
  event: EventToken & { readonly digest: string },
): Promise<string> {
  const issuedAt = Math.floor(event.now / 1000);
  const claims: JWTPayload = {
    iss: event.issuer,
    iat: issuedAt,
    exp: issuedAt + (event.expiresInSeconds ?? EXPIRES_IN_SECONDS),
    sub: `webhook:${event.group}`,
    aud: [event.audience ?? AUDIENCE],
    webhook: { digest: event.digest },
    ...event.overrides,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "JWT" })
    .sign(key.privateKey);
}

/** `sha256:<hex>` of the exact bytes of a body. */
export function digestOf(body: Uint8Array): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
