/** What of a person is kept, over HTTP from every sender: no byte that is stored or logged has more of it than set. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromMessage } from "#services/shared/message.ts";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, startReceiver, type TestReceiver } from "#test/support/receiver.ts";

const ADDRESS = "203.0.113.77";
const ADDRESS_6 = "2001:db8:aa:bb::7";
const EMAIL = "ada.lovelace@acme.example";
const KEY = "a-key-of-more-than-thirty-two-characters";
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const registry = loadRegistry();

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTestIssuer();
});
afterAll(() => issuer.close());

async function withReceiver(
  variables: Record<string, string>,
  work: (receiver: TestReceiver) => Promise<void>,
): Promise<void> {
  const senders = {
    ZOT_TOKENS: "token-for-tests",
    MSR_SECRETS: "secret-for-tests",
    HARBOR_AUTHORIZATION: "value for tests",
    DISTRIBUTION_AUTHORIZATION: "value for tests",
  };
  const receiver = await startReceiver({ issuer, env: { ...senders, ...variables } });
  try {
    await work(receiver);
  } finally {
    await receiver.stop();
  }
}

const stored = ({ published, spilled, logs }: TestReceiver) =>
  [
    ...published.map(({ data, attributes }) => {
      const bytes = Buffer.from(data);
      return `${bytes.toString("latin1")}${JSON.stringify(attributes)}${deep(bytes)}`;
    }),
    ...[...spilled.values()].map((bytes) => `${bytes.toString()}${deep(bytes)}`),
    JSON.stringify(logs),
  ].join("\n");

/** What stands in base64 in a structured message or a spilled one. */
function deep(bytes: Buffer): string {
  const inside = [...bytes.toString().matchAll(/"data_base64":"([^"]*)"/g)].map(([, text = ""]) =>
    Buffer.from(text, "base64"),
  );
  return inside.map((inner) => `${inner.toString("latin1")}${deep(inner)}`).join("");
}

const rowOf = (receiver: TestReceiver, index = 0) => {
  const { event, receipt } = fromMessage(receiver.published[index] as never);
  return JSON.parse(toRow(registry, event, receipt).line) as Record<string, never>;
};

/** The seed's own pull, of this person. */
const pull = PULL.toString().replace("76.169.101.202", ADDRESS).replace('"email":""', `"email":"${EMAIL}"`);
const post = async (receiver: TestReceiver, body: string, headers: Record<string, string> = PULL_HEADERS) => {
  const token = await issuer.token(Buffer.from(body));
  return receiver.post(body, { ...headers, authorization: `Bearer ${token}` });
};

describe("a pull of Chainguard's", () => {
  test("full: not a byte is different", () =>
    withReceiver({}, async (receiver) => {
      expect((await post(receiver, pull)).status).toBe(202);
      expect(Buffer.from(receiver.published[0]?.data ?? []).toString()).toBe(pull);
    }));

  test("prefix: the network and the domain; everything else to the letter", () =>
    withReceiver({ PRIVACY_ADDRESS: "prefix", PRIVACY_EMAIL: "prefix" }, async (receiver) => {
      expect((await post(receiver, pull)).status).toBe(202);
      const expected = pull.replace(ADDRESS, "203.0.113.0/24").replace(EMAIL, "*@acme.example");
      expect(Buffer.from(receiver.published[0]?.data ?? []).toString()).toBe(expected);
      expect(rowOf(receiver)).toMatchObject({ body: { remote_address: "203.0.113.0/24" } });
    }));

  test("hash: the same person is the same, and nobody without the key knows who", () =>
    withReceiver({ PRIVACY_ADDRESS: "hash", PRIVACY_EMAIL: "hash", PRIVACY_KEY: KEY }, async (receiver) => {
      await post(receiver, pull);
      await post(receiver, pull.replace(EMAIL, EMAIL.toUpperCase()), { ...PULL_HEADERS, "ce-id": "other" });
      const [first, second] = [rowOf(receiver, 0), rowOf(receiver, 1)] as Record<string, never>[];
      expect(first?.["body"]?.["remote_address"]).toMatch(/^hmac:[0-9a-f]{32}$/);
      expect(second?.["actor"]).toEqual(first?.["actor"]);
      expect(stored(receiver)).not.toContain(KEY);
    }));

  test("drop: the columns are NULL", () =>
    withReceiver({ PRIVACY_ADDRESS: "drop", PRIVACY_EMAIL: "drop" }, async (receiver) => {
      await post(receiver, pull);
      const row = rowOf(receiver) as Record<string, Record<string, Record<string, unknown>>>;
      expect(row["body"]?.["remote_address"] ?? null).toBeNull();
      expect(row["actor"]?.["act"]?.["email"] ?? null).toBeNull();
    }));
});

const bodies = (folder: string) =>
  readdirSync(`test/fixtures/${folder}`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => readFileSync(`test/fixtures/${folder}/${file}`, "utf8"));

/** Puts the person into every place that has an address or a name. */
const personal = (text: string) =>
  text
    .replaceAll(/"(addr|remote_address|remoteAddress)":(\s*)"[^"]*"/g, `"$1":$2"${ADDRESS}:41000"`)
    .replaceAll(/"(name|operator|author|email|pusher)":(\s*)"[^"]*"/g, `"$1":$2"${EMAIL}"`);

describe.each(["prefix", "hash", "drop"])("%s, from every sender", (mode) => {
  const variables = { PRIVACY_ADDRESS: mode, PRIVACY_EMAIL: mode, PRIVACY_KEY: KEY };

  test("nothing of the person is stored or logged", () =>
    withReceiver(variables, async (receiver) => {
      const own = { "content-type": "application/json", authorization: "value for tests" };
      const sent = [
        ...bodies("msr").map((body) => [body, "/msr/secret-for-tests"] as const),
        ...bodies("harbor/default").map((body) => [body, "/harbor"] as const),
        ...bodies("distribution").map((body) => [body, "/distribution"] as const),
        [`no json: ${EMAIL} from ${ADDRESS} and ${ADDRESS_6}`, "/distribution"] as const,
        [`{"x":"${EMAIL.replace("@", "\\u0040")}"}`, "/harbor"] as const,
        [Buffer.from(`\xff${EMAIL} ${ADDRESS}`, "latin1"), "/harbor"] as const,
      ];
      for (const [body, path] of sent) {
        const text = typeof body === "string" ? personal(body) : body;
        expect((await receiver.post(text, own, path)).status, path).toBe(202);
      }
      const zot = {
        specversion: "1.0",
        id: "1",
        source: "zotregistry.dev",
        type: "zotregistry.image.updated",
        subject: EMAIL,
        data_base64: Buffer.from(
          JSON.stringify({ actor: { name: EMAIL }, request: { addr: `[${ADDRESS_6}]:1` } }),
        ).toString("base64"),
      };
      const token = { authorization: "Bearer token-for-tests" };
      const structured = { ...token, "content-type": "application/cloudevents+json" };
      expect((await receiver.post(JSON.stringify(zot), structured, "/zot")).status).toBe(202);
      const binary = {
        ...token,
        "content-type": "application/json",
        "ce-id": "2",
        "ce-source": "zotregistry.dev",
        "ce-type": "com.example.unknown",
        "ce-specversion": "1.0",
        "ce-subject": EMAIL,
        "ce-actor": EMAIL,
      };
      const unknown = JSON.stringify({ deep: [{ remoteAddr: ADDRESS_6 }, { [EMAIL]: 1 }] });
      expect((await receiver.post(unknown, binary, "/zot")).status).toBe(202);

      const everything = stored(receiver);
      expect(everything).not.toContain(ADDRESS);
      expect(everything).not.toContain(ADDRESS_6);
      expect(everything.toLowerCase()).not.toContain("lovelace");
      expect(receiver.published.length).toBeGreaterThan(sent.length);
    }));
});

test(`whatever stands around them, no address and no e-mail address is left (SEED=${SEED})`, () =>
  withReceiver({ PRIVACY_ADDRESS: "drop", PRIVACY_EMAIL: "drop" }, async (receiver) => {
    const around = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll("@", ""));
    const json = fc.record({
      text: fc.tuple(around, around).map(([before, after]) => `${before} <${EMAIL}> ${after}`),
      remote_address: fc.constantFrom(
        ADDRESS,
        `${ADDRESS}:80`,
        `[${ADDRESS_6}]:80`,
        `${ADDRESS}, ${ADDRESS_6}`,
      ),
      rest: fc.jsonValue(),
    });
    for (const value of fc.sample(json, { seed: SEED, numRuns: 200 }))
      await receiver.post(JSON.stringify(value), { authorization: "value for tests" }, "/harbor");
    const everything = stored(receiver);
    expect(receiver.published.length).toBe(200);
    expect(everything).not.toContain("lovelace");
    expect(everything).not.toContain(ADDRESS);
    expect(everything).not.toContain(ADDRESS_6);
  }));

test.each([
  [{ PRIVACY_ADDRESS: "hash" }, "PRIVACY_KEY is missing"],
  [{ PRIVACY_EMAIL: "hash", PRIVACY_KEY: "short" }, "PRIVACY_KEY holds something else"],
  [{ PRIVACY_EMAIL: "some" }, "PRIVACY_EMAIL"],
])("wrong settings: %j", async (variables, message) => {
  await expect(startReceiver({ issuer, env: variables })).rejects.toThrow(message);
});
