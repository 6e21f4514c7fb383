/** An event at a sender's plain address is answered without routing, everything else with it: nobody sees which. */
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, readAll, startReceiver, type TestReceiver } from "#test/support/receiver.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  const env = { MAX_BODY_BYTES: "4096", MSR_SECRETS: "0123456789abcdef", PUBLISH_TIMEOUT_MS: "1500" };
  receiver = await startReceiver({ issuer, env });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

async function event(target: string): Promise<Buffer> {
  const headers = { host: "x", authorization: `Bearer ${await issuer.token(PULL)}`, ...PULL_HEADERS };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`POST ${target} HTTP/1.1\r\n${lines.join("")}content-length: ${PULL.length}\r\n\r\n`),
    PULL,
  ]);
}

const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

/** Resolves once so many answers are there. */
async function answersOf(socket: Socket, count: number): Promise<number[]> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  await expect.poll(() => statusesIn(text).length).toBe(count);
  return statusesIn(text);
}

/** All that comes until the connection ends. */
async function exchange(...parts: (string | Buffer)[]): Promise<string> {
  const socket = await receiver.connect();
  const answered = readAll(socket);
  for (const part of parts) socket.write(part);
  return answered;
}

test.each(["/", "/?x=1", "http://receiver/", "http://other/?y"])(
  "an event at %s is accepted",
  async (target) => {
    const socket = await receiver.connect();
    socket.write(await event(target));
    expect(await answersOf(socket, 1)).toEqual([202]);
    socket.destroy();
  },
);

test("the pattern of a path is no address", async () => {
  const request =
    "POST /msr/:secret? HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
  expect(statusesIn(await exchange(request))).toEqual([403]);
});

test.each([
  ["GET /health HTTP/1.0\r\n\r\n", 200],
  ["OPTIONS / HTTP/1.0\r\n\r\n", 204],
  ["POST /msr/0123456789abcdef HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}", 202],
  ["POST / HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}", 401],
])("without a Host, which HTTP/1.0 does not have: %j is %i", async (request, status) => {
  expect(statusesIn(await exchange(request))).toEqual([status]);
});

describe("on one connection", () => {
  test("answers come in the order of the requests, whichever way these go", async () => {
    const socket = await receiver.connect();
    const refused = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
    const health = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    socket.write(Buffer.concat([await event("/"), Buffer.from(health + refused), await event("/?x")]));
    expect(await answersOf(socket, 4)).toEqual([202, 200, 401, 202]);
    socket.destroy();
  });

  test("an event follows a body that was too large", async () => {
    const socket = await receiver.connect();
    const chunk = `${(6_000).toString(16)}\r\n${"x".repeat(6_000)}\r\n0\r\n\r\n`;
    const token = await issuer.token(Buffer.alloc(6_000, "x"));
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`,
    );
    const first = await answersOf(socket, 1);
    socket.write(await event("/"));
    expect([...first, ...(await answersOf(socket, 1))]).toEqual([413, 202]);
    socket.destroy();
  });

  test("a refused request whose body does not end is the connection's last, and is answered", async () => {
    expect(statusesIn(await exchange("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nxx"))).toEqual([
      401,
    ]);
  });

  test("an event that takes its time is answered, whatever comes behind it", async () => {
    receiver.modes.publisher = "hang";
    const refused = Buffer.from("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nxx");
    const answers = await exchange(Buffer.concat([await event("/"), refused]));
    receiver.modes.publisher = "work";
    expect(statusesIn(answers)).toEqual([202, 401]);
  });
});

test("a fault of ours is 500, in the log with the trace, and the next event is judged as ever", async () => {
  const registry = loadRegistry();
  let isBroken = true;
  const find: typeof registry.find = (type) => {
    if (isBroken) throw new Error("a fault");
    return registry.find(type);
  };
  const faulty = await startReceiver({ issuer, registry: { ...registry, find } });
  const headers = { ...PULL_HEADERS, authorization: `Bearer ${await issuer.token(PULL)}` };
  for (const path of ["/", "/?x"])
    expect(await faulty.post(PULL, headers, path)).toMatchObject({
      status: 500,
      json: { type: "urn:pullhouse:problem:internal-error" },
    });
  expect(faulty.logs.filter(({ message }) => message === "internal error")).toEqual([
    expect.objectContaining({ reason: "a fault", "logging.googleapis.com/trace": expect.any(String) }),
    expect.objectContaining({ reason: "a fault" }),
  ]);
  isBroken = false;
  expect((await faulty.post(PULL, headers)).status).toBe(202);
  await faulty.stop();
});
