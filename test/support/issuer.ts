/** An OIDC issuer that a test can rotate, break and bring back, and that signs whatever it is asked to. */
import { createHash, type KeyObject } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export const GROUP = "45a0c61ea6fd977f050c5fb9ac06a69eed764595";

export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey | KeyObject;
  readonly publicJwk: JWK;
}

export interface TokenOptions {
  /** Claims that replace the usual ones; `undefined` leaves one out. */
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: SigningKey;
}

export interface TestIssuer {
  readonly url: string;
  /** How often each document was asked for. */
  readonly fetches: { discovery: number; keys: number };
  /** What the issuer does when it is asked … */
  mode: IssuerMode;
  /** … and, if that is another matter, when it is asked for its keys. */
  keysMode: IssuerMode | undefined;
  /** Members of the discovery document that replace the right ones. */
  discovery: Record<string, unknown>;
  readonly keys: SigningKey[];
  /** A token for the body as Chainguard makes it, apart from what is asked for. */
  token(body: Uint8Array, options?: TokenOptions): Promise<string>;
  close(): Promise<void>;
}

/** `down`: cuts the connection. `silent`: never answers. `error`: answers 502. */
type IssuerMode = "up" | "down" | "silent" | "error";

let made = 0;

export async function makeKey(alg = "RS256"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  made += 1;
  const kid = `key-${made}`;
  return { alg, kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export function digestOf(body: Uint8Array): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

export async function startTestIssuer(): Promise<TestIssuer> {
  const server = createServer((request, response) => {
    const asked = request.url === "/keys" ? "keys" : "discovery";
    issuer.fetches[asked] += 1;
    const mode = (asked === "keys" ? issuer.keysMode : undefined) ?? issuer.mode;
    if (mode === "silent") return;
    if (mode === "down") return void request.socket.destroy();
    if (mode === "error") return void response.writeHead(502).end("bad gateway");
    if (asked === "keys") return json(response, { keys: issuer.keys.map((key) => key.publicJwk) });
    json(response, { issuer: url, jwks_uri: `${url}/keys`, ...issuer.discovery });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TestIssuer = {
    url,
    fetches: { discovery: 0, keys: 0 },
    mode: "up",
    keysMode: undefined,
    discovery: {},
    keys: [await makeKey()],
    async token(body, options = {}) {
      const key = options.key ?? issuer.keys[0];
      if (key === undefined) throw new Error("the issuer has no key");
      const now = Math.floor(Date.now() / 1000);
      const claims: JWTPayload = {
        iss: url,
        sub: `webhook:${GROUP}`,
        aud: ["customer"],
        iat: now,
        exp: now + 300,
        webhook: { digest: digestOf(body) },
        ...options.claims,
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: key.alg, kid: key.kid, ...options.header })
        .sign(key.privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}
