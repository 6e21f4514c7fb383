/** Accepts tokens whose header jose has accepted before; whatever is not accepted here is for jose to judge. */
import { isUtf8 } from "node:buffer";
import type { CryptoKey, JWTPayload } from "jose";
import { together } from "./together.ts";
import type { TokenRules } from "./verify-token.ts";

/** How WebCrypto checks what is signed with these; the key brings its own hash or curve. Others stay with jose. */
const ALGORITHMS = {
  RS256: "RSASSA-PKCS1-v1_5",
  // A signature of ECDSA is r and s side by side, in WebCrypto as in RFC 7518, section 3.4.
  ES256: { name: "ECDSA", hash: "SHA-256" },
} as const;

interface KnownKey {
  readonly key: CryptoKey;
  readonly algorithm: (typeof ALGORITHMS)[keyof typeof ALGORITHMS];
}

/** An issuer has a header per key, and few keys; more than this are not worth the memory. */
const KNOWN_MAX = 16;

/** Base64url without padding or anything between; jose's decoder lets white space and padding pass. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * The headers of one key set, as the very characters that stand in the tokens. Everything that can be wrong with a
 * header (`none`, a secret's algorithm, a key of another kind or curve, `crit`, a member twice, a key that the token
 * brings along) is wrong with its characters, and was judged by jose before they came here: what is left of a token is
 * a signature by that one key and the claims, which must be plainly right. So nothing is accepted that jose would not
 * accept, and nothing is refused at all.
 */
export class KnownHeaders {
  readonly #keys = new Map<string, KnownKey>();

  /**
   * @param token one that jose verified
   * @param algorithm of its header
   * @param key the one with which it did
   */
  learn(token: string, algorithm: string, key: CryptoKey | Uint8Array): void {
    if (!isKnownAlgorithm(algorithm) || key instanceof Uint8Array || this.#keys.size >= KNOWN_MAX) return;
    this.#keys.set(headerOf(token), { key, algorithm: ALGORITHMS[algorithm] });
  }

  /**
   * @param isOurs a look at the claims before the signature is checked, because it costs next to nothing
   * @param now milliseconds since the epoch
   * @returns the claims; `undefined` says nothing about the token
   */
  async accept(
    token: string,
    rules: TokenRules,
    now: number,
    isOurs: (claims: JWTPayload) => boolean,
  ): Promise<JWTPayload | undefined> {
    const known = this.#keys.get(headerOf(token));
    if (known === undefined || !COMPACT.test(token)) return undefined;
    const [payloadAt, signatureAt] = [token.indexOf(".") + 1, token.lastIndexOf(".") + 1];
    const claims = claimsOf(token.slice(payloadAt, signatureAt - 1));
    if (claims === undefined || !areRight(claims, rules, now) || !isOurs(claims)) return undefined;
    const signature = decode(token.slice(signatureAt));
    if (signature === undefined) return undefined;
    const signed = Buffer.from(token.slice(0, signatureAt - 1), "latin1");
    await together();
    const isSigned = await crypto.subtle
      .verify(known.algorithm, known.key, signature, signed)
      // What WebCrypto cannot even compare is as good as a wrong signature: jose gives it its name.
      .catch(() => false);
    return isSigned ? claims : undefined;
  }
}

function isKnownAlgorithm(name: string): name is keyof typeof ALGORITHMS {
  return Object.hasOwn(ALGORITHMS, name);
}

function headerOf(token: string): string {
  return token.slice(0, token.indexOf("."));
}

/** `undefined` for a length that no encoder writes, which jose refuses and Node cuts short. */
function decode(part: string): Buffer | undefined {
  return part.length % 4 === 1 ? undefined : Buffer.from(part, "base64url");
}

function claimsOf(payload: string): JWTPayload | undefined {
  const bytes = decode(payload);
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  try {
    const claims = JSON.parse(bytes.toString("utf8")) as unknown;
    const isObject = typeof claims === "object" && claims !== null && !Array.isArray(claims);
    return isObject ? (claims as JWTPayload) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** https://www.rfc-editor.org/rfc/rfc7519#section-4.1, with `exp` and `sub` required. */
function areRight({ iss, sub, aud, exp, nbf, iat }: JWTPayload, rules: TokenRules, now: number): boolean {
  const seconds = Math.floor(now / 1000);
  return (
    iss === rules.issuer &&
    sub !== undefined &&
    (aud === rules.audience || (Array.isArray(aud) && aud.includes(rules.audience))) &&
    typeof exp === "number" &&
    exp > seconds - rules.leewaySeconds &&
    (nbf === undefined || (typeof nbf === "number" && nbf <= seconds + rules.leewaySeconds)) &&
    (iat === undefined || typeof iat === "number")
  );
}
