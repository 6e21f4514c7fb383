/** Accepts tokens whose header jose has accepted before; whatever is not accepted here is for jose to judge. */
import { isUtf8 } from "node:buffer";
import type { CryptoKey, JWTPayload } from "jose";
import { isSignedBy, type PinnedKey, pinKey, readCompact } from "./signature.ts";
import { together } from "./together.ts";
import type { TokenRules } from "./verify-token.ts";

/** An issuer has a header per key, and few keys; more than this are not worth the memory. */
const KNOWN_MAX = 16;

/**
 * The headers of one key set, as the very characters that stand in the tokens. Everything that can be wrong with a
 * header (`none`, a secret's algorithm, a key of another kind or curve, `crit`, a member twice, a key that the token
 * brings along) is wrong with its characters, and was judged by jose before they came here: what is left of a token is
 * a signature by that one key and the claims, which must be plainly right. So nothing is accepted that jose would not
 * accept, and nothing is refused at all.
 */
export class KnownHeaders {
  readonly #keys = new Map<string, PinnedKey>();
  #checking = 0;

  /** Signatures that are being checked: work for the processor, which waits for nobody else. */
  get checking(): number {
    return this.#checking;
  }

  /**
   * @param token one that jose verified
   * @param algorithm of its header
   * @param key the one with which it did
   */
  learn(token: string, algorithm: string, key: CryptoKey | Uint8Array): void {
    if (key instanceof Uint8Array || this.#keys.size >= KNOWN_MAX) return;
    const pinned = pinKey(algorithm, key);
    if (pinned !== undefined) this.#keys.set(token.slice(0, token.indexOf(".")), pinned);
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
    const compact = readCompact(token);
    if (compact === undefined) return undefined;
    const key = this.#keys.get(compact.header);
    if (key === undefined) return undefined;
    const claims = readClaims(compact.payload);
    if (claims === undefined || !areRight(claims, rules, now) || !isOurs(claims)) return undefined;
    this.#checking += 1;
    try {
      await together();
      return (await isSignedBy(key, compact)) ? claims : undefined;
    } finally {
      this.#checking -= 1;
    }
  }
}

/** `undefined` unless it is JSON in UTF-8 that can have members; a list has no `iss`, so that it is never right. */
function readClaims(payload: Buffer): JWTPayload | undefined {
  if (!isUtf8(payload)) return undefined;
  try {
    const claims = JSON.parse(payload.toString("utf8")) as unknown;
    return typeof claims === "object" && claims !== null ? (claims as JWTPayload) : undefined;
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
