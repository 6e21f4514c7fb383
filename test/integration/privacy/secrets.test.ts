/** Tokens and passwords in event data: over HTTP from every sender, none is stored or logged, and the rest stays as it was. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REMOVED, SECRET_FIELDS, SECRET_NAMES } from "#services/receiver/privacy/secrets.ts";
import { everyColumn } from "#services/shared/schema/check-columns.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { rowAt } from "#test/support/row-at.ts";

const VALUE = "Bearer value-for-tests";
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const EMAIL = "ada@acme.example";
/** As GitLab makes it: HS256, with the user's name inside. */
const JWT = `${base64url({ typ: "JWT", alg: "HS256" })}.${base64url({ user_info: { username: EMAIL } })}.c2lnbmF0dXJl`;
const PASSWORD = "correct horse battery staple";

let issuer: TestIssuer;
let receiver: TestReceiver;
beforeAll(async () => {
  issuer = await startTestIssuer();
  const env = {
    ZOT_TOKENS: "value-for-tests",
    HARBOR_AUTHORIZATION: VALUE,
    DISTRIBUTION_AUTHORIZATION: VALUE,
    MSR_SECRETS: "secret-for-tests-1",
    PUBLISH_TIMEOUT_MS: "500",
  };
  receiver = await startReceiver({ issuer, env });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

/** Everything that left the receiver, base64 read. */
function stored(): string {
  const messages = receiver.published.map(({ data, attributes }) => [
    Buffer.from(data),
    JSON.stringify(attributes),
  ]);
  const texts = [...messages.flat(), ...receiver.spilled.values(), JSON.stringify(receiver.logs)].map(String);
  const inside = texts.flatMap((text) =>
    [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].map(([found]) => Buffer.from(found, "base64").toString()),
  );
  return [...texts, ...inside].join("\n");
}

function expectNothingOf(...secrets: string[]): void {
  const everything = stored();
  for (const secret of secrets) expect(everything).not.toContain(secret);
}

async function postEvent(type: string, data: string, more: Record<string, string> = {}): Promise<void> {
  const attributes = { "ce-id": type, "ce-source": "s", "ce-specversion": "1.0", "ce-type": type };
  const isZot = type.startsWith("zotregistry.");
  const authorization = isZot ? VALUE : `Bearer ${await issuer.token(Buffer.from(data))}`;
  const headers = { ...attributes, "content-type": "application/json", authorization, ...more };
  expect((await receiver.post(data, headers, isZot ? "/zot" : "/")).status).toBe(202);
}

const post = async (path: string, body: string | Uint8Array) =>
  expect(
    (await receiver.post(body, { authorization: VALUE, "content-type": "application/json" }, path)).status,
  ).toBe(202);

const notification = (user: string, action = '"pull"') =>
  `{"events":[{"id":"1","action":${action},"actor":{"name":"root","user_type":"deploy_token","user":${JSON.stringify(user)}}}]}`;

describe("GitLab's actor.user", () => {
  test.each([
    ["a token", JWT],
    ["a token in base64", Buffer.from(JWT).toString("base64")],
    ["anything else", PASSWORD],
  ])("%s", async (_, user) => {
    await post("/distribution", notification(user));
    expectNothingOf(user, JWT, EMAIL);
    expect(JSON.parse(JSON.stringify(rowAt(receiver, -1).row))).toMatchObject({
      actor: { name: "root" },
      extra: { actor: { user: REMOVED, user_type: "deploy_token" } },
    });
  });

  test("in a body that is no event of Distribution's, and is kept whole", async () => {
    await post("/distribution", notification(JWT, "7"));
    expect(rowAt(receiver, -1).table).toBe("rejected_events");
    expect(rowAt(receiver, -1).row["data"]).toEqual(expect.stringContaining(`"user":"${REMOVED}"`));
    await post("/distribution", `no JSON: ${notification(JWT)}`);
    await post("/distribution", Buffer.from(`\xff${notification(JWT)}`, "latin1"));
    expectNothingOf(JWT, EMAIL);
  });
});

test("the code of a Chainguard invitation", async () => {
  const data = `{"body":{"id":"i","code":${JSON.stringify(PASSWORD)},"keyId":"k"}}`;
  await postEvent("dev.chainguard.api.iam.group_invite.created.v1", data);
  expectNothingOf(PASSWORD);
  expect(JSON.parse(JSON.stringify(rowAt(receiver, -1).row))).toMatchObject({
    body: { id: "i", key_id: "k" },
    extra: { body: { code: REMOVED } },
  });
});

test("a code elsewhere is none", async () => {
  const error = { status: 403, code: "DENIED", message: "no" };
  await postEvent("dev.chainguard.registry.pull.v1", JSON.stringify({ body: { error } }));
  expect(rowAt(receiver, -1).row["body"]).toMatchObject({ error: { code: "DENIED" } });
});

test.each([...SECRET_NAMES])("a field called %s, in any spelling and from any sender", async (name) => {
  const spellings = [name, name.toUpperCase(), `${name.slice(0, 2)}_${name.slice(2)}`, `my-${name}`.slice(3)];
  const secret = `${PASSWORD} ${name}`;
  for (const key of spellings) {
    const data = JSON.stringify({ a: [{ [key]: secret, kept: "kept" }] });
    await postEvent("dev.chainguard.api.new.v1", data);
    await postEvent("zotregistry.new", data);
    await post("/msr/secret-for-tests-1", `{"type":"NEW","contents":${data}}`);
    await post("/harbor", `{"type":"NEW","event_data":${data}}`);
    await post("/distribution", `{"events":[{"id":"2","action":"new","x":${data}}]}`);
    await post("/distribution", `{"events":7,"x":${data}}`);
    const all = receiver.published.slice(-6).map(({ data: bytes }) => Buffer.from(bytes).toString());
    for (const text of all) expect(text).toContain(`"${key}":"${REMOVED}","kept":"kept"`);
  }
  expectNothingOf(secret);
});

test("what only looks like a token stays, to the byte", async () => {
  const data = JSON.stringify({
    body: { a: "eyJ", b: "eyJhIjoxfQ.eyJhIjoxfQ.x", c: "eyJmYWtl", d: "\u0041", tokens: "x" },
  });
  await postEvent("dev.chainguard.api.new.v1", data);
  expect(Buffer.from(receiver.published.at(-1)?.data ?? []).toString()).toBe(data);
});

test("a token inside of other text, in a key, an attribute and in base64, spilled or not", async () => {
  for (const mode of ["work", "fail"] as const) {
    receiver.modes.publisher = mode;
    const data = JSON.stringify({ text: `see Bearer ${JWT}, and ${JWT}`, [JWT]: 1 });
    await postEvent("zotregistry.new", data, {
      "ce-subject": JWT,
      "ce-authorization": PASSWORD,
      "ce-x": `x ${JWT}`,
    });
    const event = { specversion: "1.0", id: "b", source: "s", type: "zotregistry.new" };
    const inside = { ...event, data_base64: Buffer.from(data).toString("base64") };
    const headers = { authorization: VALUE, "content-type": "application/cloudevents+json" };
    expect((await receiver.post(JSON.stringify(inside), headers, "/zot")).status).toBe(202);
  }
  receiver.modes.publisher = "work";
  expect(receiver.spilled.size).toBeGreaterThan(1);
  expectNothingOf(JWT, EMAIL, PASSWORD);
});

test("no column is called like a secret, and each type that has secret fields has a schema", () => {
  const registry = loadRegistry();
  const tables = [...registry.tables.values()];
  const columns = tables.flatMap(({ own }) =>
    [...everyColumn(own)].map(({ path }) => path.split(".").at(-1) ?? ""),
  );
  expect(columns.length).toBeGreaterThan(500);
  expect(columns.filter((name) => SECRET_NAMES.has(name.replaceAll(/[^A-Za-z]/g, "").toLowerCase()))).toEqual(
    [],
  );
  for (const [prefix] of SECRET_FIELDS)
    expect(
      tables.some(({ type }) => type.startsWith(prefix)),
      prefix,
    ).toBe(true);
});
