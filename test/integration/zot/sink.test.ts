/** zot's HTTP sink: who gets in, and what becomes of each event. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { type Answer, readAll, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { leavesOf, rowAt } from "#test/support/row-at.ts";

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;
const DATA = `{"name":"space/my-image"}`;

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  const env = { ZOT_TOKENS: "token-of-today,token-of-tomorrow", ZOT_BASIC: "webhook-user:webhook-password" };
  receiver = await startReceiver({ issuer, env });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const headers = (type = "zotregistry.repository.created") => ({
  "ce-id": randomUUID(),
  "ce-source": "zotregistry.dev",
  "ce-specversion": "1.0",
  "ce-time": "2026-08-21T10:11:12.123456789Z",
  "ce-type": type,
  "content-type": "application/json",
});

const send = (
  authorization: string | undefined,
  body = DATA,
  more: Record<string, string> = headers(),
): Promise<Answer> =>
  receiver.post(body, { ...more, ...(authorization === undefined ? {} : { authorization }) }, "/zot");

describe("who gets in", () => {
  test.each([
    ["a token", "Bearer token-of-today"],
    ["the token that replaces it, at the same time", "Bearer token-of-tomorrow"],
    ["a token with the scheme in other letters", "bearer  token-of-today"],
    ["user and password", basic("webhook-user:webhook-password")],
  ])("%s", async (_name, authorization) => {
    expect((await send(authorization)).status).toBe(202);
  });

  test.each([
    ["nothing", undefined, 401, "no-credentials"],
    ["another token", "Bearer token-of-yesterday", 403, "wrong-credentials"],
    ["the beginning of a token", "Bearer token-of-toda", 403, "wrong-credentials"],
    [
      "several tokens as the variable has them",
      "Bearer token-of-today,token-of-tomorrow",
      403,
      "wrong-credentials",
    ],
    ["a token as a password", basic("token-of-today:token-of-today"), 403, "wrong-credentials"],
    ["a password as a token", "Bearer webhook-password", 403, "wrong-credentials"],
    ["another user", basic("admin:webhook-password"), 403, "wrong-credentials"],
  ])("%s", async (_name, authorization, status, problem) => {
    const answer = await send(authorization);
    expect(answer.status).toBe(status);
    expect(answer.json["type"]).toBe(`urn:pullhouse:problem:${problem}`);
  });

  test("who sends none is told which kinds there are", async () => {
    const { headers: answer } = await send(undefined);
    expect(answer["www-authenticate"]).toBe('Bearer, Basic realm="pullhouse"');
  });

  test("an Authorization among the sink's custom headers, beside its own credentials, is refused", async () => {
    const socket = await receiver.connect();
    const attributes = Object.entries(headers()).map(([name, value]) => `${name}: ${value}`);
    const request = [
      "POST /zot HTTP/1.1",
      "host: localhost",
      "connection: close",
      "authorization: Bearer token-of-today",
      "authorization: Bearer of-something-else",
      "x-custom-header: my-value",
      `content-length: ${DATA.length}`,
      ...attributes,
    ];
    socket.write(`${request.join("\r\n")}\r\n\r\n${DATA}`);
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("no credential is in the log or in an answer", async () => {
    const answer = await send("Bearer token-of-yesterday");
    const all = JSON.stringify([receiver.logs, answer]);
    for (const secret of ["token-of", "webhook-password"]) expect(all).not.toContain(secret);
    expect(receiver.logs.length).toBeGreaterThan(0);
  });

  test("without credentials in the configuration there is no such address", async () => {
    const other = await startReceiver({ issuer });
    expect((await other.post(DATA, { ...headers(), authorization: "Bearer " }, "/zot")).status).toBe(404);
    await other.stop();
  });
});

describe("what becomes of the events", () => {
  const files = readdirSync("test/fixtures/zot").filter((file) => file.endsWith(".json"));
  const samples = files.flatMap((file) => {
    const list = parseJson(readFileSync(`test/fixtures/zot/${file}`, "utf8"))
      .value as unknown as readonly Json[];
    return list.map((data, index) => ({ type: file.slice(0, -".json".length), index, data }));
  });

  test("there is a sample of each of the five types", () => {
    expect(files).toEqual(readdirSync("schemas").filter((file) => file.startsWith("zotregistry.")));
    expect(files).toHaveLength(5);
  });

  test.each(samples)("$type, sample $index: every field is in its column", async ({ type, data }) => {
    const answer = await send("Bearer token-of-today", JSON.stringify(data), {
      ...headers(type),
      "ce-channel": "alerts",
    });
    expect(answer.status).toBe(202);
    const { table, row, own } = rowAt(receiver, -1);
    expect(table).toBe(type.replaceAll(".", "_"));
    expect(row).toMatchObject({
      ce_source: "zotregistry.dev",
      source: "zot",
      extra: { ce: { channel: "alerts" } },
    });
    expect(row["ce_time"]).toBe("2026-08-21T10:11:12.123456Z");
    expect(leavesOf(own)).toEqual(leavesOf(data));
  });

  test("a structured event, as the NATS sink has it", async () => {
    const event = {
      specversion: "1.0",
      id: "1",
      source: "zotregistry.dev",
      type: "zotregistry.image.deleted",
    };
    const body = `${JSON.stringify(event).slice(0, -1)},"datacontenttype":"application/json","data":{"name":"a"}}`;
    const type = { "content-type": "application/cloudevents+json" };
    expect((await send("Bearer token-of-today", body, type)).status).toBe(202);
    expect(rowAt(receiver, -1).row).toMatchObject({ ce_id: "1", name: "a", source: "zot" });
  });

  test("a value of another kind is rejected with its place, not lost", async () => {
    const scanned = headers("zotregistry.image.scanned");
    expect((await send("Bearer token-of-today", `{"summary":{"count":"many"}}`, scanned)).status).toBe(202);
    const { table, row } = rowAt(receiver, -1);
    expect(table).toBe("rejected_events");
    expect(row["reasons"]).toMatchObject([{ pointer: "/summary/count" }]);
  });
});
