/** Every token that the receiver refuses: with which status and problem, and that nothing is published. */
import { createPublicKey, createSecretKey } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProblemName } from "#services/receiver/problem.ts";
import {
  digestOf,
  GROUP,
  makeKey,
  type SigningKey,
  startTestIssuer,
  type TestIssuer,
} from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { refusalOf, tryRequest } from "#test/support/refusal.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;
let key: SigningKey;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer });
  key = issuer.keys[0] as SigningKey;
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const now = () => Math.floor(Date.now() / 1000);
const base64url = (text: string) => Buffer.from(text).toString("base64url");
const withToken = (token: string, body: Uint8Array = PULL) =>
  tryRequest(receiver, body, { ...PULL_HEADERS, authorization: `Bearer ${token}` });
/** The three parts of a token that would be accepted. */
const parts = async () => (await issuer.token(PULL)).split(".") as [string, string, string];

describe("without a token: 401", () => {
  test.each([
    ["no Authorization", {}],
    ["an empty one", { authorization: "" }],
    ["basic credentials", { authorization: `Basic ${Buffer.from("a:b").toString("base64")}` }],
    ["a scheme without a token", { authorization: "Bearer " }],
  ])("%s", async (_, headers: Record<string, string>) => {
    const refusal = await tryRequest(receiver, PULL, { ...PULL_HEADERS, ...headers });
    expect(refusal).toMatchObject(refusalOf("no-token"));
    expect(refusal.answer.headers["www-authenticate"]).toBe("Bearer");
  });
});

describe("with claims that are not for us: 403", () => {
  const refused: [string, ProblemName, Record<string, unknown>][] = [
    ["another issuer", "token-issuer", { iss: "https://issuer.example" }],
    ["no issuer", "token-issuer", { iss: undefined }],
    ["another group", "token-subject", { sub: `webhook:${"0".repeat(40)}` }],
    ["a group that only begins like ours", "token-subject", { sub: `webhook:${GROUP}0` }],
    ["a sub-group of a group that only begins like ours", "token-subject", { sub: `webhook:${GROUP}0/1` }],
    ["a way out of our group", "token-subject", { sub: `webhook:${GROUP}/../other` }],
    ["a way to the same group", "token-subject", { sub: `webhook:${GROUP}/.` }],
    ["a sub-group without a name", "token-subject", { sub: `webhook:${GROUP}/` }],
    ["a sub-group below one without a name", "token-subject", { sub: `webhook:${GROUP}//1` }],
    ["a sub-group with a space", "token-subject", { sub: `webhook:${GROUP}/a b` }],
    ["a sub-group that is encoded", "token-subject", { sub: `webhook:${GROUP}/%2e%2e` }],
    ["a sub-group and a line feed", "token-subject", { sub: `webhook:${GROUP}/1\n` }],
    ["our group without the prefix", "token-subject", { sub: GROUP }],
    ["another kind of subject", "token-subject", { sub: `catalog-syncer:${GROUP}` }],
    ["no subject", "token-subject", { sub: undefined }],
    ["a subject that is no text", "token-subject", { sub: [`webhook:${GROUP}`] }],
    ["another audience", "token-audience", { aud: ["internal"] }],
    ["no audience", "token-audience", { aud: undefined }],
    ["an end before the leeway", "token-expired", { exp: now() - 65 }],
    ["a beginning after the leeway", "token-not-yet-valid", { nbf: now() + 120 }],
    ["no end", "token-claim", { exp: undefined }],
    ["an end that is no number", "token-claim", { exp: "soon" }],
    ["a beginning that is no number", "token-claim", { nbf: "soon" }],
    ["no digest", "token-digest", { webhook: undefined }],
    ["a webhook that is no object", "token-digest", { webhook: null }],
    ["a digest that is no text", "token-digest", { webhook: { digest: 5 } }],
    ["a digest of another body", "token-digest", { webhook: { digest: digestOf(Buffer.of(1)) } }],
    ["the digest without its algorithm", "token-digest", { webhook: { digest: digestOf(PULL).slice(7) } }],
    ["the digest in capitals", "token-digest", { webhook: { digest: digestOf(PULL).toUpperCase() } }],
  ];
  test.each(refused)("%s", async (_, name, claims) => {
    expect(await withToken(await issuer.token(PULL, { claims }))).toMatchObject(refusalOf(name));
  });

  test("our issuer with a slash behind it", async () => {
    const token = await issuer.token(PULL, { claims: { iss: `${issuer.url}/` } });
    expect(await withToken(token)).toMatchObject(refusalOf("token-issuer"));
  });

  test.each([
    ["an end inside the leeway", { exp: now() - 50 }],
    ["a beginning inside the leeway", { nbf: now() + 50 }],
  ])("but %s is accepted", async (_, claims) => {
    expect((await withToken(await issuer.token(PULL, { claims }))).status).toBe(202);
  });

  test("a token of another body, even if that is one byte longer", async () => {
    const refusal = await withToken(await issuer.token(PULL), Buffer.concat([PULL, Buffer.from("\n")]));
    expect(refusal).toMatchObject(refusalOf("token-digest"));
  });
});

describe("with a signature that is not the issuer's: 403", () => {
  test("a signature by a key that has our key's name", async () => {
    const token = await issuer.token(PULL, { key: await makeKey(), header: { kid: key.kid } });
    expect(await withToken(token)).toMatchObject(refusalOf("token-signature"));
  });

  test("claims that were changed after they were signed", async () => {
    const [header, payload, signature] = await parts();
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const longer = base64url(JSON.stringify({ ...claims, exp: now() + 9_999 }));
    expect(await withToken(`${header}.${longer}.${signature}`)).toMatchObject(refusalOf("token-signature"));
  });

  test.each(["", "c2ln"])("the algorithm none with the signature '%s'", async (signature) => {
    const [, payload] = await parts();
    const token = `${base64url('{"alg":"none"}')}.${payload}.${signature}`;
    expect(await withToken(token)).toMatchObject(refusalOf("token-algorithm"));
  });

  test.each(["pem", "jwk"] as const)("HS256 with the public key, as %s, for the secret", async (format) => {
    const [, payload] = await parts();
    const publicKey = createPublicKey({ key: key.publicJwk, format: "jwk" });
    const secret =
      format === "pem"
        ? publicKey.export({ type: "spki", format: "pem" }).toString()
        : JSON.stringify(key.publicJwk);
    const token = await new SignJWT(JSON.parse(Buffer.from(payload, "base64url").toString()) as JWTPayload)
      .setProtectedHeader({ alg: "HS256", kid: key.kid })
      .sign(createSecretKey(Buffer.from(secret)));
    expect(await withToken(token)).toMatchObject(refusalOf("token-algorithm"));
  });

  test("a key that the token brings along", async () => {
    const stranger = await makeKey();
    const header = { kid: key.kid, jwk: stranger.publicJwk, jku: "http://127.0.0.1:1/keys" };
    const token = await issuer.token(PULL, { key: stranger, header });
    expect(await withToken(token)).toMatchObject(refusalOf("token-signature"));
  });
});

describe("with what is no token: 403", () => {
  test.each([
    ["no JWT", "hello"],
    ["two dots and nothing else", ".."],
    ["bytes", "ÿþ"],
    ["a JWT of five parts", "a.b.c.d.e"],
    ["claims that are a list", `${base64url('{"alg":"RS256"}')}.${base64url("[]")}.x`],
    ["a header that is no JSON", `${base64url("{")}.${base64url("{}")}.x`],
  ])("%s", async (_, token) => {
    expect(await withToken(token)).toMatchObject(refusalOf("token-malformed"));
  });

  test("a token that asks for an extension nobody knows", async () => {
    const [, payload, signature] = await parts();
    const header = base64url(JSON.stringify({ alg: "RS256", kid: key.kid, crit: ["x"], x: 1 }));
    expect(await withToken(`${header}.${payload}.${signature}`)).toMatchObject(refusalOf("token-malformed"));
  });

  test("two Authorization headers, whichever comes first", async () => {
    const good = `Bearer ${await issuer.token(PULL)}`;
    for (const authorization of [
      [good, "Bearer x"],
      ["Bearer x", good],
      [good, good],
    ]) {
      const refusal = await tryRequest(receiver, PULL, { ...PULL_HEADERS, authorization });
      expect(refusal).toMatchObject(refusalOf("repeated-header"));
    }
  });
});

test("no answer and no line of the log holds a part of a token", async () => {
  const token = await issuer.token(PULL, { claims: { aud: "else" } });
  const { answer } = await withToken(token);
  for (const part of token.split(".").slice(1)) {
    expect(answer.text).not.toContain(part);
    expect(JSON.stringify(receiver.logs)).not.toContain(part);
  }
});
