/** Tokens that are checked without jose are those that jose would accept, and no others. */
import fc from "fast-check";
import { type CryptoKey, createLocalJWKSet, errors, importJWK, type JWTPayload, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { ALGORITHMS } from "#services/receiver/oidc/discovery.ts";
import { KnownHeaders } from "#services/receiver/oidc/known-headers.ts";
import { type TokenKeys, verifyToken } from "#services/receiver/oidc/verify-token.ts";
import { anyToken, JWKS, NOW, RULES, VALID } from "./hostile-tokens.ts";

const find = createLocalJWKSet(JWKS);
const isOurs = () => true;

function keysWith(known: KnownHeaders): TokenKeys {
  return {
    find,
    current: () => Promise.resolve({ algorithms: ALGORITHMS, find: find as never, known }),
  };
}

/** The production order: first what is known, and jose for the rest, which may then be known. */
function verifier() {
  const known = new KnownHeaders();
  const keys = keysWith(known);
  return async (token: string) => {
    const quick = await known.accept(token, RULES, NOW, isOurs);
    if (quick !== undefined) return { quick: true, claims: quick };
    const verified = await verifyToken(token, keys, RULES, NOW);
    return { quick: false, claims: verified.outcome === "verified" ? verified.claims : undefined };
  };
}

/** jose alone, called from here and not through the receiver's code; `undefined` for a token that it refuses. */
async function byJose(token: string): Promise<JWTPayload | undefined> {
  const options = {
    algorithms: [...ALGORITHMS],
    issuer: RULES.issuer,
    audience: RULES.audience,
    clockTolerance: RULES.leewaySeconds,
    currentDate: new Date(NOW),
    requiredClaims: ["exp", "sub"],
  };
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return undefined;
    for await (const key of error) {
      const result = await jwtVerify(token, key, options).catch(() => undefined);
      if (result !== undefined) return result.payload;
    }
    return undefined;
  }
}

test("a header is known from its second token on, and only then", async () => {
  const verify = verifier();
  for (const token of VALID) {
    expect(await verify(token)).toMatchObject({ quick: false, claims: { iss: RULES.issuer } });
    expect(await verify(token)).toMatchObject({ quick: true, claims: { iss: RULES.issuer } });
  }
});

test("on any token, the verdict and the claims are jose's", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  console.log(`tokens of seed ${seed}`);
  const verify = verifier();
  // Known from the start, so that every attack on them meets the quick way.
  for (const token of VALID) await verify(token);
  const counted = { quick: 0, accepted: 0, refused: 0 };
  const agree = fc.asyncProperty(anyToken, async (token) => {
    const [ours, theirs] = await Promise.all([verify(token), byJose(token)]);
    expect(ours.claims).toEqual(theirs);
    counted[theirs === undefined ? "refused" : "accepted"] += 1;
    if (ours.quick) counted.quick += 1;
  });
  await fc.assert(agree, { seed, numRuns: 6_000 });
  // None of the three ways was left out.
  expect(counted.quick).toBeGreaterThan(300);
  expect(counted.accepted - counted.quick).toBeGreaterThan(50);
  expect(counted.refused).toBeGreaterThan(1_000);
});

test("claims that are not for us are seen before the signature is checked, and left to jose", async () => {
  const known = new KnownHeaders();
  for (const token of VALID) await verifyToken(token, keysWith(known), RULES, NOW);
  const asked: unknown[] = [];
  const notOurs = (claims: JWTPayload) => {
    asked.push(claims.sub);
    return false;
  };
  const unsigned = `${(VALID[0] ?? "").split(".").slice(0, 2).join(".")}.AAAA`;
  expect(await known.accept(unsigned, RULES, NOW, notOurs)).toBeUndefined();
  expect(asked).toEqual(["webhook:group"]);
});

test("no more than sixteen headers are kept, and what is not kept is still accepted", async () => {
  const known = new KnownHeaders();
  const key = (await importJWK(JWKS.keys[0] ?? {}, "RS256")) as CryptoKey;
  for (let index = 0; index < 16; index++) known.learn(`header${index}.x.y`, "RS256", key);
  const [token = ""] = VALID;
  const verified = await verifyToken(token, keysWith(known), RULES, NOW);
  expect(verified.outcome).toBe("verified");
  expect(await known.accept(token, RULES, NOW, isOurs)).toBeUndefined();
});
