/** The OIDC issuer over HTTP: what it publishes, and that others can verify what it signs. */
import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keysPath, PREVIOUS_KEYS } from "#infra/local/issuer/keys.ts";
import { openSigner } from "#infra/local/issuer/signer.ts";
import { startIssuer } from "#infra/local/issuer/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";

const GROUP = "45a0c61ea6fd977f050c5fb9ac06a69eed764595/7214b8ddd5ce879d";
const body = Buffer.from('{"b":"\\u00e9","a":1}\n');
const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;

let stateDir: string;
let standIn: StandIn;
let issuer: string;
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "pullhouse-issuer-"));
  standIn = await startIssuer({ port: 0, stateDir });
  issuer = `http://127.0.0.1:${standIn.port}`;
});
afterEach(async () => {
  await standIn.close();
  rmSync(stateDir, { recursive: true });
});

const get = async (path: string) => (await fetch(`${issuer}${path}`)).json();

function post(path: string, json: unknown): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${issuer}${path}`, { method: "POST", headers, body: JSON.stringify(json) });
}

async function tokenFor(json: object): Promise<string> {
  const response = await post("/token", { group: GROUP, digest, ...json });
  expect(response.status).toBe(200);
  return ((await response.json()) as { token: string }).token;
}

/** As a receiver does: discovery first, then the keys it points to. */
async function verifyAsReceiver(token: string) {
  const discovery = (await get("/.well-known/openid-configuration")) as Record<string, string>;
  const keys = createRemoteJWKSet(new URL(String(discovery["jwks_uri"])));
  return jwtVerify(token, keys, { issuer, audience: "customer" });
}

/** Without a library for tokens: the signature over the two first parts, with OpenSSL. */
async function verifyWithOpenSsl(token: string): Promise<boolean> {
  const [header, payload, signature] = token.split(".");
  const { kid, alg } = decodeProtectedHeader(token);
  const { keys } = (await get("/keys")) as { keys: (JsonWebKey & { kid: string })[] };
  const jwk = keys.find((key) => key.kid === kid);
  if (!jwk) return false;
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const data = Buffer.from(`${header}.${payload}`);
  const raw = Buffer.from(String(signature), "base64url");
  return verify("sha256", data, alg === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : key, raw);
}

test("discovery names the issuer and where its keys are", async () => {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  expect(response.headers.get("cache-control")).toMatch(/max-age=\d+/);
  expect(await response.json()).toMatchObject({
    issuer,
    jwks_uri: `${issuer}/keys`,
    id_token_signing_alg_values_supported: ["RS256", "ES256"],
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
  });
});

test("a token carries Chainguard's claims and is verified by a library and by OpenSSL", async () => {
  const before = Math.floor(Date.now() / 1000);
  const token = await tokenFor({ expiresInSeconds: 60 });
  const { payload, protectedHeader } = await verifyAsReceiver(token);
  expect(protectedHeader.alg).toBe("RS256");
  expect(payload).toEqual({
    iss: issuer,
    iat: payload.iat,
    exp: Number(payload.iat) + 60,
    sub: `webhook:${GROUP}`,
    aud: ["customer"],
    webhook: { digest },
  });
  expect(payload.iat).toBeGreaterThanOrEqual(before);
  expect(payload.iat).toBeLessThanOrEqual(Date.now() / 1000);
  expect(await verifyWithOpenSsl(token)).toBe(true);
  expect(await verifyWithOpenSsl(`${token.slice(0, -8)}AAAAAAAA`)).toBe(false);
});

test("another audience can be asked for, and is not the customer's", async () => {
  const token = await tokenFor({ audience: "internal" });
  await expect(verifyAsReceiver(token)).rejects.toMatchObject({ code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
});

describe("keys", () => {
  test("published keys have no private member", async () => {
    await post("/rotate", { algorithm: "ES256" });
    const { keys } = (await get("/keys")) as { keys: object[] };
    const members = keys.map((key) => Object.keys(key).sort((a, b) => a.localeCompare(b)));
    expect(members).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
      ["alg", "e", "kid", "kty", "n", "use"],
    ]);
  });

  test("only their owner can read the file, also after a rotation", async () => {
    expect(statSync(keysPath(stateDir)).mode & 0o777).toBe(0o600);
    await post("/rotate", {});
    expect(statSync(keysPath(stateDir)).mode & 0o777).toBe(0o600);
  });

  test("a rotation signs with a new key and keeps the tokens of the old one valid", async () => {
    const before = await tokenFor({});
    const rotation = await post("/rotate", { algorithm: "ES256" });
    const { kid, alg, published } = (await rotation.json()) as {
      kid: string;
      alg: string;
      published: string[];
    };
    const after = await tokenFor({});
    expect(decodeProtectedHeader(after)).toMatchObject({ kid, alg: "ES256" });
    expect([alg, published.length]).toEqual(["ES256", 2]);
    for (const token of [before, after]) {
      expect((await verifyAsReceiver(token)).payload.sub).toBe(`webhook:${GROUP}`);
      expect(await verifyWithOpenSsl(token)).toBe(true);
    }
  });

  test("the oldest key is dropped once it has had its time, and its tokens with it", async () => {
    const first = await tokenFor({});
    // All at once: each must still add a key of its own.
    await Promise.all(Array.from({ length: PREVIOUS_KEYS }, () => post("/rotate", { algorithm: "ES256" })));
    expect((await verifyAsReceiver(first)).payload.sub).toBe(`webhook:${GROUP}`);
    await post("/rotate", { algorithm: "ES256" });
    await expect(verifyAsReceiver(first)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
    expect(((await get("/keys")) as { keys: object[] }).keys).toHaveLength(PREVIOUS_KEYS + 1);
  });

  test("keys survive a restart", async () => {
    // Signed without a request, so that no connection is left over from before the restart.
    const before = await openSigner(stateDir).sign({ group: GROUP, body });
    const { port } = standIn;
    await standIn.close();
    standIn = await startIssuer({ port, stateDir });
    expect((await verifyAsReceiver(before)).payload.iss).toBe(issuer);
  });

  test("a damaged file stops the start instead of being replaced", async () => {
    await standIn.close();
    writeFileSync(keysPath(stateDir), "{");
    await expect(startIssuer({ port: 0, stateDir })).rejects.toThrow(SyntaxError);
    expect(readFileSync(keysPath(stateDir), "utf8")).toBe("{");
  });
});

describe("refusals", () => {
  test.each([
    ["/token", { digest }, /group/],
    ["/token", { group: "webhook: x", digest }, /group/],
    ["/token", { group: GROUP, digest: digest.toUpperCase() }, /digest/],
    ["/token", { group: GROUP, digest, audience: ["customer"] }, /audience/],
    ["/token", { group: GROUP, digest, expiresInSeconds: 0 }, /expiresInSeconds/],
    ["/token", "no object", /group.*digest/],
    ["/rotate", { algorithm: "none" }, /RS256, ES256/],
  ])("%s %j", async (path, json, detail) => {
    const response = await post(path, json);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      400,
      "application/problem+json",
    ]);
    expect(((await response.json()) as { detail: string }).detail).toMatch(detail);
  });

  test("a body of 17 KiB", async () => {
    expect((await post("/token", { group: "a".repeat(17 * 1024) })).status).toBe(413);
  });
});

describe("the signer", () => {
  test.each(["folder", "address"])("signs by the issuer's %s what the issuer's keys verify", async (kind) => {
    const signer = openSigner(kind === "folder" ? stateDir : issuer);
    const token = await signer.sign({ group: GROUP, body });
    const { payload } = await verifyAsReceiver(token);
    expect(signer.issuer).toBe(issuer);
    expect(payload).toMatchObject({ sub: `webhook:${GROUP}`, webhook: { digest } });
  });

  test("takes the new key after a rotation", async () => {
    const signer = openSigner(stateDir);
    const before = decodeProtectedHeader(await signer.sign({ group: GROUP, body })).kid;
    const { kid } = (await (await post("/rotate", {})).json()) as { kid: string };
    const token = await signer.sign({ group: GROUP, body });
    expect(kid).not.toBe(before);
    expect(decodeProtectedHeader(token).kid).toBe(kid);
    expect((await verifyAsReceiver(token)).payload.iss).toBe(issuer);
  });

  test("says why an issuer refuses", async () => {
    await expect(openSigner(issuer).sign({ group: "not a group", body })).rejects.toThrow(/400 group/);
  });
});
