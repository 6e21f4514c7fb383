/** Slow, idle, huge and too many clients: each meets a limit, and nobody else notices. */
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { GROUP, startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, readAll, startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { refusalOf, tryRequest } from "#test/support/refusal.ts";
import { rowAt } from "#test/support/row-at.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;
const sockets: Socket[] = [];

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({
    issuer,
    env: { MAX_IN_FLIGHT: "4", PUBLISH_TIMEOUT_MS: "100", SPILL_TIMEOUT_MS: "2500" },
    limits: { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 },
  });
});
afterEach(() => {
  receiver.modes.publisher = "work";
  receiver.modes.store = "work";
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

async function open(): Promise<Socket> {
  const socket = await receiver.connect();
  sockets.push(socket);
  return socket;
}

async function send() {
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  return tryRequest(receiver, PULL, { ...PULL_HEADERS, authorization });
}

function head(token: string, length: number): string {
  const headers = Object.entries(PULL_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: ${length}\r\n${headers.join("")}\r\n`;
}

describe("a slow client", () => {
  test("that never ends its headers is told so and cut off", async () => {
    const socket = await open();
    const answer = readAll(socket);
    socket.write("POST / HTTP/1.1\r\nhost: x\r\n");
    const drip = setInterval(() => socket.write("x-slow: 1\r\n"), 50);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
  });

  test("that never ends its body is cut off, and leaves no event", async () => {
    const actions = receiver.actions.length;
    const socket = await open();
    const answer = readAll(socket);
    socket.write(head(await issuer.token(PULL), PULL.length));
    let sent = 0;
    const drip = setInterval(() => socket.write(PULL.subarray(sent, (sent += 1))), 50);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
    expect(receiver.actions).toHaveLength(actions);
  });

  test("that connects and says nothing is cut off", async () => {
    expect(await readAll(await open())).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test("without a good token gets its answer before it has sent a body", async () => {
    const socket = await open();
    socket.write(head("x.y.z", PULL.length));
    const answer = await new Promise<string>((resolve) => {
      socket.once("data", (chunk) => resolve(chunk.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe("what is no request is answered with a problem document, and its connection ends", () => {
  /** Status, content type and name of the answer; its body is as long as it says. */
  async function answerTo(bytes: string) {
    const socket = await open();
    const answer = readAll(socket);
    socket.write(bytes);
    const [head = "", body = ""] = (await answer).split("\r\n\r\n");
    expect(Number(/^content-length: (\d+)$/m.exec(head)?.[1])).toBe(body.length);
    expect(head).toMatch(/^content-type: application\/problem\+json$/m);
    expect(head).toMatch(/^connection: close$/m);
    const { type, status, detail } = JSON.parse(body) as Record<string, unknown>;
    expect(detail).toMatch(/\w/);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    return { status, type };
  }

  const large = (length: number) => `x-large: ${"x".repeat(length)}\r\n`;
  const many = Array.from({ length: 2_500 }, (_, index) => `x-${index}: 1\r\n`).join("");
  test.each([
    ["a header beyond 64 KiB", large(66_000), 431, "headers-too-large"],
    ["headers beyond 64 KiB in all", large(40_000) + large(30_000), 431, "headers-too-large"],
    ["more than 2,000 headers", many, 431, "headers-too-large"],
    ["a header without a colon", "nonsense\r\n", 400, "not-http"],
    ["two different lengths", "content-length: 1\r\ncontent-length: 2\r\n", 400, "not-http"],
    ["a length and chunks", "content-length: 1\r\ntransfer-encoding: chunked\r\n", 400, "not-http"],
  ])("%s", async (_, headers, status, name) => {
    const type = `urn:pullhouse:problem:${name}`;
    expect(await answerTo(`POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n`)).toEqual({ status, type });
  });

  test("headers that never end", async () => {
    const expected = { status: 408, type: "urn:pullhouse:problem:request-too-slow" };
    expect(await answerTo("POST / HTTP/1.1\r\nhost: x\r\n")).toEqual(expected);
  });

  test("it is counted in the log", async () => {
    const counted = (code: string) =>
      receiver.logs.filter((line) => line["code"] === code && line["messages"]);
    for (const code of ["headers-too-large", "not-http", "request-too-slow"])
      await expect.poll(() => counted(code).length).toBeGreaterThan(0);
  });
});

test("a subject of 40 KiB, as of a batch of role bindings, is taken and becomes a row", async () => {
  const subject = Array.from(
    { length: 700 },
    (_, index) => `${GROUP}/${String(index).padStart(16, "0")}`,
  ).join(",");
  expect(subject.length).toBeGreaterThan(40_000);
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  expect((await receiver.post(PULL, { ...PULL_HEADERS, authorization, "ce-subject": subject })).status).toBe(
    202,
  );
  expect(rowAt(receiver, -1)).toMatchObject({
    table: "dev_chainguard_registry_pull_v1",
    row: { ce_subject: subject },
  });
});

test("many idle, slow and unauthorized connections do not keep an event waiting", async () => {
  const idle = await Promise.all(Array.from({ length: 300 }, open));
  for (const socket of idle.slice(0, 100)) socket.write("POST / HTTP/1.1\r\nhost: x\r\n");
  for (const socket of idle.slice(100, 200)) socket.write(head("x.y.z", 1_000_000));
  const answers = await Promise.all(Array.from({ length: 4 }, send));
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  // They were answered while the others were still there, none of them having been sent away to make room.
  expect(idle.filter((socket) => socket.destroyed)).toEqual([]);
});

describe("too many requests at once", () => {
  test("stand in line while the ones before them are being kept", async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, send));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 202));
  });

  test("stand in line while Pub/Sub stops to answer, and are spilled", async () => {
    receiver.modes.publisher = "hang";
    const answers = await Promise.all(Array.from({ length: 30 }, send));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 202));
    expect(receiver.spilled.size).toBe(30);
  });

  test("are told to come again when nothing moves: 503, and once it moves: 202", async () => {
    receiver.modes.publisher = "hang";
    receiver.modes.store = "hang";
    const asked = receiver.asked.store;
    const held = Array.from({ length: 4 }, send);
    await expect.poll(() => receiver.asked.store - asked).toBe(4);
    const refusal = await send();
    expect(refusal).toMatchObject({ ...refusalOf("overloaded"), logged: expect.any(String) });
    expect(refusal.answer.headers["retry-after"]).toBe("1");
    receiver.modes.publisher = "work";
    receiver.modes.store = "work";
    await Promise.all(held);
    expect((await send()).status).toBe(202);
  });
});
