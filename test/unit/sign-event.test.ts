/** The claims of an event's token, with the clock standing still. */
import { createHash } from "node:crypto";
import { decodeJwt, generateKeyPair } from "jose";
import { expect, test } from "vitest";
import { signEventToken } from "#infra/local/issuer/sign-event.ts";

const { privateKey } = await generateKeyPair("ES256");
const key = { kid: "k1", alg: "ES256", privateKey } as const;
const event = { issuer: "http://127.0.0.1:8089", group: "g", now: 1_700_000_000_999 };

test("the digest is that of the exact bytes: a space more is another digest", async () => {
  for (const text of ['{"a":1}', '{"a": 1}', '{"a":1}\n', ""]) {
    const body = Buffer.from(text);
    const claims = decodeJwt(await signEventToken(key, { ...event, body }));
    expect(claims["webhook"]).toEqual({
      digest: `sha256:${createHash("sha256").update(body).digest("hex")}`,
    });
  }
});

test("times are whole seconds, and the token lives five minutes unless told otherwise", async () => {
  const body = Buffer.from("{}");
  const usual = decodeJwt(await signEventToken(key, { ...event, body }));
  expect([usual.iat, usual.exp]).toEqual([1_700_000_000, 1_700_000_300]);
  const short = decodeJwt(await signEventToken(key, { ...event, body, expiresInSeconds: -10 }));
  expect(short.exp).toBe(1_699_999_990);
});

test("overrides replace claims, and undefined removes them", async () => {
  const overrides = { iss: "https://issuer.example", aud: "other", webhook: undefined };
  const claims = decodeJwt(await signEventToken(key, { ...event, body: Buffer.from("{}"), overrides }));
  expect(claims).toMatchObject({ iss: "https://issuer.example", aud: "other", sub: "webhook:g" });
  expect(Object.keys(claims)).not.toContain("webhook");
});
