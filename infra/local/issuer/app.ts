/** The HTTP side of the issuer: discovery, the published keys, and tokens for those who may ask this machine. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DISCOVERY_PATH, discoveryDocument } from "./documents.ts";
import { type Algorithm, type Keys, publicKeys, type SigningKey } from "./keys.ts";
import { signDigestToken } from "./sign-event.ts";
import { readRotateRequest, readTokenRequest } from "./token-request.ts";

export interface IssuerState {
  readonly keys: Keys;
  readonly signing: SigningKey;
}

export interface IssuerParts {
  /** `http://127.0.0.1:<port>`; a function, because the port is known only once the server listens. */
  readonly issuer: () => string;
  readonly state: () => IssuerState;
  readonly rotate: (algorithm: Algorithm) => Promise<IssuerState>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** A verifier may keep the keys this long; an unknown `kid` makes it ask earlier. */
const KEYS_CACHE_SECONDS = 300;
const MAX_BODY_BYTES = 16 * 1024;

export function createIssuerApp({ issuer, state, rotate, now }: IssuerParts): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => problem(c, 413, ["the body is too large"]) }));
  const cached = { "Cache-Control": `public, max-age=${KEYS_CACHE_SECONDS}` };

  app.get(DISCOVERY_PATH, (c) => c.json(discoveryDocument(issuer(), `${issuer()}/keys`), 200, cached));

  app.get("/keys", (c) => c.json(publicKeys(state().keys), 200, cached));

  app.post("/token", async (c) => {
    const request = readTokenRequest(await jsonOf(c));
    if (request.outcome === "refused") return problem(c, 400, request.problems);
    const token = await signDigestToken(state().signing, { issuer: issuer(), now: now(), ...request.value });
    return c.json({ token }, 200, { "Cache-Control": "no-store" });
  });

  app.post("/rotate", async (c) => {
    const request = readRotateRequest(await jsonOf(c));
    if (request.outcome === "refused") return problem(c, 400, request.problems);
    const { signing, keys } = await rotate(request.value);
    return c.json({ kid: signing.kid, alg: signing.alg, published: keys.map((key) => key.kid) });
  });

  return app;
}

/** The body as JSON; undefined when it is none, which each request then names as missing fields. */
async function jsonOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function problem(c: Context, status: 400 | 413, problems: readonly string[]): Response {
  return c.json({ title: "Not a request for this issuer", status, detail: problems.join("; ") }, status, {
    "Content-Type": "application/problem+json",
  });
}
