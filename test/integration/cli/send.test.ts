/** `pullhouse send` against the local issuer and a receiver that writes down what it gets. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { startIssuer } from "#infra/local/issuer/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { pullhouse } from "./run-command.ts";

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

let folder: string;
let issuer: StandIn;
let issuerUrl: string;
let receiver: Server;
let url: string;
let received: Received[];
/** What the receiver answers, by the number of the request from 0. */
let answers: (request: number) => { status: number; body?: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pullhouse-send-"));
  issuer = await startIssuer({ port: 0, stateDir: folder });
  issuerUrl = `http://127.0.0.1:${issuer.port}`;
});

afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  received = [];
  answers = () => ({ status: 202 });
  const writeDown = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const { status, body: words = "" } = answers(received.length);
    received.push({ headers: request.headers, body });
    response.writeHead(status).end(words);
  };
  receiver = createServer((request, response) => void writeDown(request, response));
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const send = (...args: string[]) => pullhouse(["send", "--url", url, "--issuer", issuerUrl, ...args]);

test("events arrive with a token for exactly their bytes, and duplicates are sent again", async () => {
  const { status, out } = await send("--events", "50", "--duplicates", "10%", "--seed", "7");
  expect(out).toMatch(/^accepted 55, refused 0, failed 0\nanswered in p50 .*, p99 .*\nseed 7\n$/);
  expect(status).toBe(0);
  expect(received).toHaveLength(55);
  expect(new Set(received.map(({ headers }) => headers["ce-id"])).size).toBe(50);
  const keys = createRemoteJWKSet(new URL(`${issuerUrl}/keys`));
  for (const { headers, body } of received) {
    const token = headers.authorization?.replace("Bearer ", "") ?? "";
    const { payload } = await jwtVerify<JWTPayload & { webhook: { digest: string } }>(token, keys, {
      issuer: issuerUrl,
      audience: "customer",
      subject: `webhook:${LOCAL_GROUP}`,
    });
    expect(payload.webhook.digest).toBe(`sha256:${createHash("sha256").update(body).digest("hex")}`);
    expect(headers["content-length"]).toBe(String(body.length));
  }
});

test("an answer of 503 is tried again until it is accepted", async () => {
  answers = (request) => ({ status: request === 0 ? 503 : 202 });
  const { status, out } = await send("--events", "1");
  expect(out).toContain("accepted 1, refused 0, failed 0, accepted after another try 1");
  expect(status).toBe(0);
  expect(received.map(({ headers }) => headers["ce-id"])).toEqual([
    received[0]?.headers["ce-id"],
    received[0]?.headers["ce-id"],
  ]);
});

test("a refusal is not tried again; it is reported with the problem's words, and the status is 1", async () => {
  answers = () => ({ status: 403, body: JSON.stringify({ title: "Forbidden", detail: "wrong audience" }) });
  const { status, out, error } = await send("--events", "2");
  expect(out).toContain("accepted 0, refused 2, failed 0\n  2 x 403 Forbidden: wrong audience\n");
  expect(error).toContain("2 of 2 were not accepted");
  expect(status).toBe(1);
  expect(received).toHaveLength(2);
});

test("a file is sent byte for byte, as often as asked under one id", async () => {
  const file = join(folder, "event.json");
  const bytes = '{ "actor": {},\n  "body": {"repository": "x"} }\n';
  writeFileSync(file, bytes);
  const { status } = await send("--file", file, "--type", "dev.chainguard.registry.push.v1", "--events", "3");
  expect(status).toBe(0);
  expect(received.map(({ body }) => body.toString())).toEqual([bytes, bytes, bytes]);
  expect(new Set(received.map(({ headers }) => headers["ce-id"])).size).toBe(1);
  expect(received[0]?.headers["ce-type"]).toBe("dev.chainguard.registry.push.v1");
});

test("a rate holds events back", async () => {
  const startedAt = performance.now();
  await send("--events", "11", "--rate", "20");
  expect(performance.now() - startedAt).toBeGreaterThan(500);
  expect(received).toHaveLength(11);
});

test.each([
  [["--file", "/nowhere/event.json"], 2, /--file \/nowhere\/event.json: ENOENT/],
  [["--events", "none"], 2, /It takes a whole number from 1/],
  [["--issuer", "http://127.0.0.1:1"], 1, /no issuer answers at http:\/\/127.0.0.1:1.*`make up`/],
])("%j ends with status %i and says why", async (args, expected, why) => {
  const { status, error } = await send(...args);
  expect(error).toMatch(why);
  expect(status).toBe(expected);
  expect(received).toEqual([]);
});
