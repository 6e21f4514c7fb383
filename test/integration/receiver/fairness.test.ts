/** One sender that is slow or floods does not keep another one's event waiting; slow bodies go when their time is up. */
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { type ManualClock, manualClock } from "#test/support/manual-clock.ts";
import {
  PULL,
  PULL_HEADERS,
  post,
  readAll,
  startReceiver,
  type TestReceiver,
} from "#test/support/receiver.ts";

const ZOT = "Bearer token-for-tests";
const ENV = {
  ZOT_TOKENS: "token-for-tests",
  HARBOR_AUTHORIZATION: ZOT,
  MSR_SECRETS: "secret-for-tests-1",
  DISTRIBUTION_AUTHORIZATION: ZOT,
};
const SLOW = 500;
const SLOW_BYTES = 1_000;

interface Scene {
  readonly clock: ManualClock;
  readonly issuer: TestIssuer;
  readonly receiver: TestReceiver;
  readonly sockets: Socket[];
}

const scenes: Scene[] = [];
afterEach(async () => {
  for (const { receiver, issuer, sockets } of scenes.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await receiver.stop();
    await issuer.close();
  }
});

/** The clock stands still, so that nothing that waits gives up: what is answered did not have to wait. */
async function scene(): Promise<Scene> {
  const issuer = await startTestIssuer();
  const clock = manualClock(Date.now());
  const receiver = await startReceiver({ issuer, clock, env: ENV });
  const made = { clock, issuer, receiver, sockets: [] };
  scenes.push(made);
  return made;
}

type Sender = "chainguard" | "zot";
const PATHS = { chainguard: "/", zot: "/zot" } as const;

async function headersOf({ issuer }: Scene, sender: Sender): Promise<Record<string, string>> {
  const type = sender === "zot" ? { "ce-type": "zotregistry.repository.created" } : {};
  const authorization = sender === "zot" ? ZOT : `Bearer ${await issuer.token(PULL)}`;
  return { ...PULL_HEADERS, ...type, authorization };
}

const send = async (the: Scene, sender: Sender) =>
  (await post(the.receiver.port, PATHS[sender], PULL, await headersOf(the, sender))).status;

/** A request with the first byte of its body. */
async function begin(the: Scene, sender: Sender, path: string = PATHS[sender]): Promise<Socket> {
  const headers = { host: "x", ...(await headersOf(the, sender)), "content-length": String(SLOW_BYTES) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = await the.receiver.connect();
  the.sockets.push(socket);
  await new Promise((resolve) => socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n{`, resolve));
  return socket;
}

/** What the receiver could read before, it has read then. */
async function settle({ receiver }: Scene): Promise<void> {
  for (let time = 0; time < 3; time++)
    expect((await post(receiver.port, "/health", "", {}, "GET")).status).toBe(200);
}

test.each([
  ["zot", "chainguard", "/zot"],
  ["zot", "chainguard", "/zot?x"],
  ["chainguard", "zot", "/"],
] as const)(
  `beside ${SLOW} slow bodies of %s, an event of %s is accepted while they go on (%s)`,
  async (slow, good, path) => {
    const the = await scene();
    const open = await Promise.all(Array.from({ length: SLOW }, () => begin(the, slow, path)));
    const answers = new Map<Socket, string>();
    for (const socket of open) socket.on("data", (chunk) => answers.set(socket, chunk.toString()));
    await settle(the);
    expect(await send(the, good)).toBe(202);
    // Some were told that there is no room; the others hold what they can, or wait for it, and were not sent away to make room.
    expect([...answers.values()].filter((answer) => !answer.startsWith("HTTP/1.1 503 "))).toEqual([]);
    const others = open.filter((socket) => !answers.has(socket));
    expect(others.length).toBeGreaterThan(128);
    expect(others.filter((socket) => socket.destroyed)).toEqual([]);
  },
);

test("a slow body is answered with 408 after two seconds, and its slots go to those that wait", async () => {
  const the = await scene();
  const answers = (await Promise.all(Array.from({ length: 140 }, () => begin(the, "zot")))).map(readAll);
  await settle(the);
  const waiting = send(the, "zot");
  await settle(the);
  await the.clock.advance(1_999);
  expect(await Promise.race([waiting, settle(the)])).toBeUndefined();
  await the.clock.advance(1);
  expect(await waiting).toBe(202);
  const [first = ""] = await Promise.all(answers.slice(0, 50));
  expect(first).toMatch(/^HTTP\/1\.1 408 /);
  expect(first).toContain("urn:pullhouse:problem:body-too-slow");
});

test("a body that keeps the pace is taken", async () => {
  const the = await scene();
  const data = JSON.stringify({ name: "x".repeat(300_000) });
  const socket = await the.receiver.connect();
  the.sockets.push(socket);
  const headers = {
    host: "x",
    ...(await headersOf(the, "zot")),
    "content-length": String(data.length),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = readAll(socket);
  socket.write(`POST /zot HTTP/1.1\r\n${lines.join("")}\r\n`);
  for (let sent = 0; sent < data.length; sent += 80_000) {
    socket.write(data.slice(sent, sent + 80_000));
    await settle(the);
    await the.clock.advance(2_000);
  }
  expect(await answer).toMatch(/^HTTP\/1\.1 202 /);
});

test("a body is complete after ten seconds, whatever its pace", async () => {
  const the = await scene();
  const socket = await the.receiver.connect();
  the.sockets.push(socket);
  const headers = { host: "x", ...(await headersOf(the, "zot")), "content-length": "9000000" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = readAll(socket);
  socket.write(`POST /zot HTTP/1.1\r\n${lines.join("")}\r\n`);
  for (let second = 0; second < 10; second += 2) {
    socket.write("x".repeat(70_000));
    await settle(the);
    await the.clock.advance(2_000);
  }
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
});
