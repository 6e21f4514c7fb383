/** The signing keys of the issuer: a JWK Set with private keys in a file that only its owner can read. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";

/** Chainguard's issuer signs with RS256; ES256 is here because a signature of it costs a fifth. */
export const ALGORITHMS = ["RS256", "ES256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** How many keys stay published after they were replaced, so that tokens signed before a rotation stay valid. */
export const PREVIOUS_KEYS = 3;

/** A private key as it is kept: the JWK with its `kid` and `alg`. */
export type PrivateJwk = JWK & { readonly kid: string; readonly alg: Algorithm };

/** The first signs; the others are published only. */
export type Keys = readonly [PrivateJwk, ...PrivateJwk[]];

/** A key that is ready to sign. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: CryptoKey;
}

const FILE = "keys.json";
const RSA_BITS = 2048;

export function keysPath(stateDir: string): string {
  return join(stateDir, FILE);
}

/**
 * The keys of a folder, or undefined when there are none yet.
 * @throws SyntaxError or Error when the file is not what `writeKeys` writes: it is never silently replaced
 */
export function readKeys(stateDir: string): Keys | undefined {
  let text: string;
  try {
    text = readFileSync(keysPath(stateDir), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const { keys } = JSON.parse(text) as { keys?: PrivateJwk[] };
  const [active, ...previous] = keys ?? [];
  if (!active) throw new Error(`${keysPath(stateDir)} holds no key`);
  return [active, ...previous];
}

/** The keys of a folder; a first one is made when there are none. */
export async function loadOrCreateKeys(stateDir: string, algorithm: Algorithm = "RS256"): Promise<Keys> {
  const kept = readKeys(stateDir);
  if (kept) return kept;
  const keys: Keys = [await createKey(algorithm)];
  writeKeys(stateDir, keys);
  return keys;
}

/** Puts a new key in front and drops the oldest; on return the file has it. */
export async function rotateKeys(stateDir: string, keys: Keys, algorithm: Algorithm): Promise<Keys> {
  const rotated: Keys = [await createKey(algorithm), ...keys.slice(0, PREVIOUS_KEYS)];
  writeKeys(stateDir, rotated);
  return rotated;
}

/** The JWK Set to publish: public members only, named one by one so that no private one can slip through. */
export function publicKeys(keys: Keys): { keys: JWK[] } {
  return { keys: keys.map(publicKey) };
}

/** @throws when the JWK is not a private key of its algorithm */
export async function signingKey(jwk: PrivateJwk): Promise<SigningKey> {
  const key = await importJWK(jwk, jwk.alg);
  if (key instanceof Uint8Array) throw new Error(`key ${jwk.kid} is a secret, not a key pair`);
  return { kid: jwk.kid, alg: jwk.alg, privateKey: key };
}

async function createKey(alg: Algorithm): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: RSA_BITS });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: "sig" };
}

function publicKey({ kid, alg, kty, n, e, crv, x, y }: PrivateJwk): JWK {
  const shape = alg === "RS256" ? { n, e } : { crv, x, y };
  return { kid, kty, alg, use: "sig", ...shape } as JWK;
}

/** Whole or not at all: a reader beside us never sees half a file. */
function writeKeys(stateDir: string, keys: Keys): void {
  const temporary = join(stateDir, `.${FILE}.${process.pid}`);
  writeFileSync(temporary, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, keysPath(stateDir));
}
