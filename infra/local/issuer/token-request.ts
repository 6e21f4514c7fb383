/** The JSON that POST /token and POST /rotate take. */
import { ALGORITHMS, type Algorithm } from "./keys.ts";

export interface TokenRequest {
  readonly group: string;
  readonly digest: string;
  readonly audience?: string;
  readonly expiresInSeconds?: number;
}

export type Read<T> =
  | { readonly outcome: "read"; readonly value: T }
  | { readonly outcome: "refused"; readonly problems: readonly string[] };

/** An organisation's id, followed by `/<id>` for each sub-group; their lengths are Chainguard's affair. */
const UIDP = /^[\w-]{1,64}(\/[\w-]{1,64}){0,8}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_EXPIRES_IN_SECONDS = 3600;

export function readTokenRequest(json: unknown): Read<TokenRequest> {
  const { group, digest, audience, expiresInSeconds } = fieldsOf(json);
  const problems: string[] = [];
  if (typeof group !== "string" || !UIDP.test(group)) {
    problems.push("group must be a UIDP: an id, or ids joined by slashes");
  }
  if (typeof digest !== "string" || !DIGEST.test(digest)) {
    problems.push("digest must be sha256: and the 64 hex digits of the body's SHA-256");
  }
  if (audience !== undefined && (typeof audience !== "string" || audience === "")) {
    problems.push("audience must be a string");
  }
  if (expiresInSeconds !== undefined && !isLifetime(expiresInSeconds)) {
    problems.push(`expiresInSeconds must be an integer from 1 to ${MAX_EXPIRES_IN_SECONDS}`);
  }
  if (problems.length > 0) return { outcome: "refused", problems };
  return {
    outcome: "read",
    value: {
      group: group as string,
      digest: digest as string,
      ...(audience !== undefined && { audience: audience as string }),
      ...(expiresInSeconds !== undefined && { expiresInSeconds: expiresInSeconds as number }),
    },
  };
}

/** @returns the algorithm of the next key */
export function readRotateRequest(json: unknown): Read<Algorithm> {
  const { algorithm = "RS256" } = fieldsOf(json);
  const known = ALGORITHMS.find((name) => name === algorithm);
  return known
    ? { outcome: "read", value: known }
    : { outcome: "refused", problems: [`algorithm must be one of ${ALGORITHMS.join(", ")}`] };
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
}

function isLifetime(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_EXPIRES_IN_SECONDS;
}
