/** Tokens to disagree about: valid ones, ones that are wrong in one way or several, and plain attacks. */
import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import type { JWK } from "jose";

export const RULES = { issuer: "https://issuer.example", audience: "customer", leewaySeconds: 60 } as const;
/** Milliseconds since the epoch; the clock of every verdict stands here. */
export const NOW = 1_790_000_000_000;
const SECONDS = NOW / 1000;

interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
}

function rsa(kid: string, alg: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { kid, alg, privateKey, jwk: publicKey.export({ format: "jwk" }) };
}

function ec(kid: string, alg: string, namedCurve: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return { kid, alg, privateKey, jwk: publicKey.export({ format: "jwk" }) };
}

const RS = rsa("rs", "RS256");
/** Its JWK says nothing of an algorithm, so that it counts for every one of RSA. */
const RS_ANY = rsa("rs-any", "RS256");
const ES = ec("es", "ES256", "P-256");
const ES_ANY = ec("es-any", "ES256", "P-256");
const ES384 = ec("es384", "ES384", "P-384");
/** Two keys of one name: jose tries both. */
const TWIN_A = ec("twin", "ES256", "P-256");
const TWIN_B = ec("twin", "ES256", "P-256");
const STRANGER_RS = rsa("rs", "RS256");
const STRANGER_ES = ec("es", "ES256", "P-256");
const SIGNERS = [RS, RS_ANY, ES, ES_ANY, ES384, TWIN_A, TWIN_B, STRANGER_RS, STRANGER_ES];

/** The issuer's; the strangers are not among them. */
export const JWKS: { keys: JWK[] } = {
  keys: [
    ...[RS, ES, ES384, TWIN_A, TWIN_B].map(({ kid, alg, jwk }) => ({ ...jwk, kid, alg, use: "sig" })),
    ...[RS_ANY, ES_ANY].map(({ kid, jwk }) => ({ ...jwk, kid })),
  ] as JWK[],
};

const RIGHT = {
  iss: RULES.issuer,
  aud: [RULES.audience],
  sub: "webhook:group",
  iat: SECONDS,
  exp: SECONDS + 300,
  webhook: { digest: "sha256:0" },
} as const;

const headerOf = ({ alg, kid }: Signer) => JSON.stringify({ alg, kid, typ: "JWT" });
const encode = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString("base64url");

function signatureOf(signer: Signer, signed: string, alg: string): Buffer {
  const data = Buffer.from(signed, "latin1");
  if (alg.startsWith("HS"))
    return createHmac("sha256", signer.jwk.n ?? signer.jwk.x ?? "")
      .update(data)
      .digest();
  const digest = `sha${/\d{3}$/.exec(alg)?.[0] ?? "256"}`;
  const padding = alg.startsWith("PS") && signer.privateKey.asymmetricKeyType === "rsa" ? { padding: 6 } : {};
  return sign(digest, data, { key: signer.privateKey, dsaEncoding: "ieee-p1363", ...padding });
}

function signToken(signer: Signer, header: string, payload: string | Uint8Array, alg = signer.alg) {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${encode(signatureOf(signer, signed, alg))}`;
}

/** One of each key, with the header that is then known. */
export const VALID = [RS, RS_ANY, ES, ES_ANY].map((signer) =>
  signToken(signer, headerOf(signer), JSON.stringify(RIGHT)),
);

const number = fc.constantFrom(
  SECONDS - 61,
  SECONDS - 60,
  SECONDS - 59,
  SECONDS,
  SECONDS + 60,
  SECONDS + 61,
  SECONDS - 59.5,
  0,
  -1,
  1e308,
);
const odd = fc.constantFrom<unknown>(null, true, "soon", "", [], {}, [SECONDS], "1790000300");
const claim = {
  iss: fc.constantFrom<unknown>(RULES.issuer, `${RULES.issuer}/`, [RULES.issuer], "", null),
  aud: fc.constantFrom<unknown>(
    "customer",
    ["customer"],
    ["x", "customer"],
    ["x"],
    [],
    "x",
    "customers",
    [["customer"]],
    { customer: 1 },
    { 0: "customer", length: 1 },
    null,
  ),
  sub: fc.constantFrom<unknown>("webhook:group", "", null, 1),
  exp: fc.oneof(number, odd),
  nbf: fc.oneof(number, odd),
  iat: fc.oneof(number, odd),
};
const claims = fc
  .record(claim, { requiredKeys: [] })
  .chain((changes) => fc.subarray(Object.keys(changes)).map((names) => ({ changes, names })))
  .map(({ changes, names }) => ({
    ...RIGHT,
    ...Object.fromEntries(names.map((name) => [name, changes[name as keyof typeof changes]])),
  }));

/** Payloads as bytes: right ones, wrong claims, and what JSON and UTF-8 leave to the reader. */
const right = JSON.stringify(RIGHT);
const payload = fc.oneof(
  { weight: 4, arbitrary: fc.constant<string | Uint8Array>(right) },
  { weight: 6, arbitrary: claims.map((value): string | Uint8Array => JSON.stringify(value)) },
  fc
    .constantFrom(...Object.keys(RIGHT))
    .map((name): string | Uint8Array => JSON.stringify({ ...RIGHT, [name]: undefined })),
  fc.constantFrom<string | Uint8Array>(
    right.replace("{", `{"iss":"https://else.example",`),
    right.replace(/\}$/, `,"iss":"https://else.example"}`),
    right.replace(/\}$/, `,"exp":1}`),
    right.replace(/"exp":\d+/, `"exp":1e999`),
    right.replace(/"exp":\d+/, `"exp":1790000300.9`),
    right.replace("{", `{"__proto__":{"nbf":9999999999},`),
    JSON.stringify({ ...RIGHT, sub: undefined }).replace("{", `{"__proto__":{"sub":"webhook:group"},`),
    `\u{FEFF}${right}`,
    ` ${right}\n`,
    `${right} x`,
    `[${right}]`,
    JSON.stringify(right),
    "null",
    "1",
    "{",
    Buffer.concat([
      Buffer.from(right.slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.of(0xff),
      Buffer.from('"}'),
    ]),
    Buffer.concat([Buffer.from(right.slice(0, -1)), Buffer.from(',"x":"\u{1F600}é"}')]),
    Buffer.from(right, "utf16le"),
  ),
);

/** Headers as JSON texts, the known ones among them. */
const members = fc.record(
  {
    alg: fc.constantFrom<unknown>(
      "RS256",
      "ES256",
      "PS256",
      "RS384",
      "RS512",
      "ES384",
      "HS256",
      "none",
      "rs256",
      "",
      null,
      ["RS256"],
    ),
    kid: fc.constantFrom<unknown>("rs", "rs-any", "es", "es-any", "es384", "twin", "unknown", "", null, 1),
    typ: fc.constantFrom<unknown>("JWT", "at+jwt", 1),
    crit: fc.constantFrom<unknown>([], ["b64"], ["x"], ["exp"], "b64", null),
    b64: fc.boolean(),
    jwk: fc.constant(STRANGER_ES.jwk),
    jku: fc.constant("http://127.0.0.1:1/keys"),
  },
  { requiredKeys: [] },
);
const header = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SIGNERS).map(headerOf) },
  { weight: 4, arbitrary: members.map((value) => JSON.stringify(value)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      `{"alg":"none","alg":"RS256","kid":"rs","typ":"JWT"}`,
      `{"alg":"RS256","kid":"rs","typ":"JWT","alg":"none"}`,
      `{"alg":"RS256","kid":"es","kid":"rs"}`,
      `{ "alg" : "ES256" , "kid" : "es" }`,
      `{"alg":"ES256","kid":"es","crit":["b64"],"b64":true}`,
      `{"alg":"ES256","kid":"es","crit":["b64"],"b64":false}`,
      `\u{FEFF}{"alg":"ES256","kid":"es"}`,
      `{"__proto__":{"alg":"ES256"},"kid":"es"}`,
      `["RS256"]`,
      `null`,
      `{"alg":"RS256"`,
    ),
  },
);

/** What becomes of a finished token on its way. */
type Damage = (token: string) => string;

const part = (token: string, index: number, change: (text: string) => string) =>
  token
    .split(".")
    .map((text, at) => (at === index ? change(text) : text))
    .join(".");
const at = (text: string, place: number, inserted: string, removed: number) => {
  const index = place % (text.length + 1);
  return text.slice(0, index) + inserted + text.slice(index + removed);
};
const reencode = (change: (bytes: Buffer) => Uint8Array) => (text: string) =>
  encode(change(Buffer.from(text, "base64url")));

const damage = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Damage>((token) => token) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.nat(2),
        fc.nat(2_000),
        fc.constantFrom("", "A", "_", "=", "+", "/", " ", "\t", ".", "é", "\u{200b}", "=="),
        fc.nat(2),
      )
      .map(
        ([index, place, inserted, removed]): Damage =>
          (token) =>
            part(token, index, (text) => at(text, place, inserted, removed)),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(511), fc.integer({ min: 1, max: 255 })).map(
      ([place, mask]): Damage =>
        (token) =>
          part(
            token,
            2,
            reencode((bytes) => {
              const index = place % Math.max(1, bytes.length);
              return bytes.map((byte, here) => (here === index ? byte ^ mask : byte));
            }),
          ),
    ),
  },
  fc.constantFrom<Damage>(
    (token) => part(token, 2, () => ""),
    (token) => part(token, 2, () => encode(new Uint8Array(64))),
    (token) => part(token, 2, () => encode(new Uint8Array(256))),
    (token) =>
      part(
        token,
        2,
        reencode((bytes) => bytes.subarray(0, -1)),
      ),
    (token) =>
      part(
        token,
        2,
        reencode((bytes) => Buffer.concat([bytes, Buffer.of(0)])),
      ),
    (token) =>
      part(
        token,
        2,
        reencode((bytes) => Buffer.concat([Buffer.of(0), bytes])),
      ),
    // Other bits behind the last whole byte: another text of the same bytes.
    (token) => part(token, 2, (text) => text.slice(0, -1) + nextLetter(text.at(-1) ?? "A")),
    (token) => part(token, 1, (text) => text.slice(0, -1) + nextLetter(text.at(-1) ?? "A")),
    (token) => part(token, 0, (text) => text.slice(0, -1) + nextLetter(text.at(-1) ?? "A")),
    (token) => part(token, 2, (text) => Buffer.from(text, "base64url").toString("base64")),
    (token) => `${token}.`,
    (token) => `.${token}`,
    (token) => token.split(".").slice(0, 2).join("."),
    (token) => token.replaceAll(".", ".."),
    (token) => token.split(".").toReversed().join("."),
  ),
);

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const nextLetter = (letter: string) => ALPHABET[(ALPHABET.indexOf(letter) + 1) % 64] ?? "A";

/** DER, as OpenSSL writes signatures of ECDSA and JWS does not. */
const asDer = (signer: Signer, signed: string) =>
  encode(sign("sha256", Buffer.from(signed), signer.privateKey));

const crafted = fc
  .tuple(
    fc.constantFrom(...SIGNERS),
    header,
    payload,
    fc.constantFrom("", "RS256", "PS256", "RS512", "HS256"),
  )
  .map(([signer, header, payload, alg]) => signToken(signer, header, payload, alg || signer.alg));
const derSigned = fc.tuple(fc.constantFrom(ES, ES_ANY), payload).map(([signer, payload]) => {
  const signed = `${encode(headerOf(signer))}.${encode(payload)}`;
  return `${signed}.${asDer(signer, signed)}`;
});
/** Header and claims of one token, the signature of another. */
const spliced = fc
  .tuple(fc.constantFrom(...VALID), fc.constantFrom(...VALID))
  .map(([one, other]) => `${one.split(".").slice(0, 2).join(".")}.${other.split(".")[2] ?? ""}`);

export const anyToken = fc
  .tuple(
    fc.oneof(
      { weight: 10, arbitrary: crafted },
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom(...SIGNERS), payload)
          .map(([signer, payload]) => signToken(signer, headerOf(signer), payload)),
      },
      { weight: 2, arbitrary: fc.constantFrom(...VALID) },
      derSigned,
      spliced,
      fc.string({ maxLength: 40 }),
    ),
    damage,
  )
  .map(([token, damage]) => damage(token));
