/** The published examples of JWS with RS256 and ES256, whole and with every bit of the signature changed. */
import { type CryptoKey, compactVerify, importJWK, type JWK } from "jose";
import { describe, expect, test } from "vitest";
import { isSignedBy, pinKey, readCompact } from "#services/receiver/oidc/signature.ts";

interface Example {
  readonly name: string;
  readonly alg: string;
  readonly jwk: JWK;
  readonly token: string;
}

const EXAMPLES: readonly Example[] = [
  {
    name: "RFC 7515, appendix A.2",
    alg: "RS256",
    jwk: {
      kty: "RSA",
      n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
      e: "AQAB",
    },
    token:
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
  },
  {
    name: "RFC 7515, appendix A.3",
    alg: "ES256",
    jwk: {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    token:
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
  },
  {
    name: "RFC 7520, section 4.1",
    alg: "RS256",
    jwk: {
      kty: "RSA",
      kid: "bilbo.baggins@hobbiton.example",
      use: "sig",
      n: "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
      e: "AQAB",
    },
    token:
      "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
  },
];

async function isSigned(token: string, { alg, jwk }: Example): Promise<boolean> {
  const pinned = pinKey(alg, (await importJWK(jwk, alg)) as CryptoKey);
  const compact = readCompact(token);
  if (pinned === undefined || compact === undefined) throw new Error("the example is not for this code");
  return isSignedBy(pinned, compact);
}

describe.each(EXAMPLES)("$name", (example) => {
  test("is signed, for jose and for us, and has the same payload", async () => {
    const { payload } = await compactVerify(example.token, await importJWK(example.jwk, example.alg));
    expect(await isSigned(example.token, example)).toBe(true);
    expect(readCompact(example.token)?.payload).toEqual(Buffer.from(payload));
  });

  test("is not signed once a bit of its signature is another", async () => {
    const [header = "", payload = "", text = ""] = example.token.split(".");
    const signature = Buffer.from(text, "base64url");
    const changed = Array.from({ length: 8 * signature.length }, (_, bit) => {
      const other = Buffer.from(signature);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return `${header}.${payload}.${other.toString("base64url")}`;
    });
    const verdicts = await Promise.all(changed.map((token) => isSigned(token, example)));
    expect(verdicts).toHaveLength(8 * signature.length);
    expect(verdicts).not.toContain(true);
  });

  test("is not signed once a byte is missing or one too many", async () => {
    const [header = "", payload = "", text = ""] = example.token.split(".");
    const signature = Buffer.from(text, "base64url");
    const others = [
      signature.subarray(1),
      signature.subarray(0, -1),
      signature.subarray(0, 1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
    ];
    const tokens = others.map((other) => `${header}.${payload}.${other.toString("base64url")}`);
    const verdicts = await Promise.all(tokens.map((token) => isSigned(token, example)));
    expect(verdicts).toEqual(others.map(() => false));
  });

  test("is not signed by a key of the other kind, whatever the algorithm is called", async () => {
    const [rsa, ec] = EXAMPLES as [Example, Example];
    const { jwk, alg } = example.alg === "RS256" ? ec : rsa;
    expect(await isSigned(example.token, { ...example, jwk, alg })).toBe(false);
  });
});

test("only RS256 and ES256 are checked without jose", async () => {
  const key = (await importJWK(EXAMPLES[0]?.jwk ?? {}, "RS256")) as CryptoKey;
  const others = [
    "none",
    "HS256",
    "RS384",
    "PS256",
    "ES384",
    "EdDSA",
    "",
    "rs256",
    "constructor",
    "__proto__",
  ];
  expect(others.map((name) => pinKey(name, key))).toEqual(others.map(() => undefined));
  expect(pinKey("RS256", key)?.key).toBe(key);
});

test.each([
  ["two parts", "a.b"],
  ["four parts", "a.b.c.d"],
  ["an empty part", "aa..cc"],
  ["padding", "aa.bb==.cc"],
  ["a blank", "aa.b b.cc"],
  ["a line's end", "aa.bb.cc\n"],
  ["base64's own letters", "aa.b+/b.cc"],
  ["a length that nothing has", "aa.bbbbb.cc"],
  ["letters beyond ASCII", "aa.bbéb.cc"],
])("%s are no plain token", (_, token) => {
  expect(readCompact(token)).toBeUndefined();
});
