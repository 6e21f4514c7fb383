/** An issuer's discovery document: where its keys are and how it signs. */
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { trimEnd } from "#services/shared/trim.ts";
import { getJson } from "./get-json.ts";

/** Signatures whose check needs a public key only; never `none`, never a shared secret. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

const FETCH_TIMEOUT_MS = 2_000;
const DOCUMENT_MAX_BYTES = 1024 * 1024;

export interface Discovered {
  readonly keysUrl: URL;
  /** Of ALGORITHMS, those that the issuer says it uses; all of them when it does not say. */
  readonly algorithms: readonly string[];
}

/**
 * https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
 * @throws PipelineError ISSUER_UNAVAILABLE also when the document is there but cannot be right
 */
export async function discover(issuer: string, timeoutMs = FETCH_TIMEOUT_MS): Promise<Discovered> {
  const url = new URL(`${trimEnd(issuer, "/")}/.well-known/openid-configuration`);
  const document = await fetchDocument(url, timeoutMs);
  if (document["issuer"] !== issuer) throw unavailable("its discovery document is that of another issuer");
  const keysUrl = document["jwks_uri"];
  if (typeof keysUrl !== "string" || !isTrustworthy(keysUrl)) {
    throw unavailable("its discovery document has no jwks_uri on https");
  }
  const listed = document["id_token_signing_alg_values_supported"];
  const algorithms = Array.isArray(listed) ? ALGORITHMS.filter((name) => listed.includes(name)) : ALGORITHMS;
  if (algorithms.length === 0) throw unavailable("it signs with no algorithm that is accepted");
  return { keysUrl: new URL(keysUrl), algorithms };
}

/** Keys must come over https, or from this very machine. */
function isTrustworthy(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && loopback);
}

export function unavailable(reason: string, cause?: unknown): PipelineError {
  return new PipelineError("ISSUER_UNAVAILABLE", "later", `the issuer: ${reason}`, { cause });
}

/**
 * Of OpenID Connect: a JSON object, a few KB.
 * @throws PipelineError ISSUER_UNAVAILABLE
 */
export async function fetchDocument(
  url: URL,
  timeoutMs = FETCH_TIMEOUT_MS,
): Promise<Readonly<Record<string, unknown>>> {
  let document: unknown;
  try {
    document = await getJson(url, { timeoutMs, maxBytes: DOCUMENT_MAX_BYTES });
  } catch (error) {
    throw unavailable(reasonOf(error), error);
  }
  if (typeof document !== "object" || document === null)
    throw unavailable(`${url.pathname} is no JSON object`);
  return document as Readonly<Record<string, unknown>>;
}
