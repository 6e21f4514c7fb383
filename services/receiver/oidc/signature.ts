/** A token in compact form, and whether it is signed with a key whose algorithm is fixed beforehand. */
import type { CryptoKey } from "jose";

/** https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
export interface Compact {
  /** As it stands in the token. */
  readonly header: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What the signature is of. */
  readonly signed: Buffer;
}

/** Base64url without padding or anything between; jose's decoder lets white space and padding pass. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** `undefined` for what is in any way unusual. */
export function readCompact(token: string): Compact | undefined {
  const match = COMPACT.exec(token);
  if (match === null) return undefined;
  const [, header = "", payload = "", signature = ""] = match;
  if (isCutShort(payload) || isCutShort(signature)) return undefined;
  return {
    header,
    payload: Buffer.from(payload, "base64url"),
    signature: Buffer.from(signature, "base64url"),
    signed: Buffer.from(token.slice(0, -1 - signature.length), "latin1"),
  };
}

/** A length that no encoder writes: jose refuses it, Node drops the last character. */
const isCutShort = (part: string) => part.length % 4 === 1;

/**
 * How WebCrypto checks what is signed with these; the key brings its own hash or curve. Others stay with jose. Its
 * signatures of ECDSA are r and s side by side, as in https://www.rfc-editor.org/rfc/rfc7518#section-3.4.
 */
const ALGORITHMS = {
  RS256: "RSASSA-PKCS1-v1_5",
  ES256: { name: "ECDSA", hash: "SHA-256" },
} as const;

export interface PinnedKey {
  readonly key: CryptoKey;
  readonly algorithm: (typeof ALGORITHMS)[keyof typeof ALGORITHMS];
}

/** `undefined` for algorithms that are left to jose. */
export function pinKey(algorithm: string, key: CryptoKey): PinnedKey | undefined {
  return algorithm === "RS256" || algorithm === "ES256"
    ? { key, algorithm: ALGORITHMS[algorithm] }
    : undefined;
}

export function isSignedBy({ key, algorithm }: PinnedKey, { signature, signed }: Compact): Promise<boolean> {
  return (
    crypto.subtle
      .verify(algorithm, key, signature, signed)
      // What cannot even be compared is as good as a wrong signature, and jose says so, too.
      .catch(() => false)
  );
}
