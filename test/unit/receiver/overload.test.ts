/** Too many requests: who has no place is told so before any work, and is not heard again before it may come back. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Deadlines } from "#services/receiver/deadlines.ts";
import { FairSlots } from "#services/receiver/fair-slots.ts";
import { readLater } from "#services/receiver/read-later.ts";
import { type ReceiveDeps, receive } from "#services/receiver/receive.ts";

import type { Source } from "#services/receiver/sources/source.ts";
import { type Clock, systemClock } from "#services/shared/clock.ts";

const forever = () => new Promise<never>(() => {});

/** A place and a line of two, for one source alone. */
const slots = () =>
  new FairSlots({ slots: 1, waiting: 2, waitMs: 60_000, sources: ["chainguard"] }, systemClock);

test("a line is full when its last place is taken, those included who are about to come", async () => {
  const places = slots();
  const full = () => [0, 1, 2, 3].map((ahead) => places.isFull("chainguard", ahead));
  const run = () => places.run("chainguard", 1, forever);
  expect(full()).toEqual([false, false, false, true]);
  void run();
  expect(full()).toEqual([false, false, true, true]);
  void run();
  expect(full()).toEqual([false, true, true, true]);
  void run();
  expect(full()).toEqual([true, true, true, true]);
  expect(await run()).toBe("full");
});

async function ask(inFlight: FairSlots, checking: number) {
  const did: string[] = [];
  const source = {
    id: "chainguard",
    checking: () => checking,
    authenticate() {
      did.push("authenticate");
      return Promise.resolve({ outcome: "refused", problem: "token-signature", detail: "" });
    },
  } as unknown as Source;
  const outcome = await receive(
    { inFlight, maxBodyBytes: { chainguard: 10 } } as unknown as ReceiveDeps,
    source,
    {
      headers: new Headers(),
      url: "http://127.0.0.1/",
      readBody() {
        did.push("read");
        return forever();
      },
    } as never,
  );
  return { outcome: outcome.outcome, did };
}

test("without a place, neither the token is checked nor the body read", async () => {
  const places = slots();
  expect(await ask(places, 2)).toEqual({ outcome: "refused", did: ["authenticate"] });
  expect(await ask(places, 3)).toEqual({ outcome: "overloaded", did: [] });
  for (let index = 0; index < 3; index++) void places.run("chainguard", 1, forever);
  expect(await ask(places, 0)).toEqual({ outcome: "overloaded", did: [] });
});

const opened: (Server | Socket)[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) {
    if ("destroy" in one) one.destroy();
    else one.close();
  }
});

async function open(server: Server): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  opened.push(socket);
  await once(socket, "connect");
  return socket;
}

const post = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${"x".repeat(length)}`;

test.each([10, 200_000])(
  "after a body of %d bytes, the connection is read again once it may come back, and not before",
  async (length) => {
    const heard: string[] = [];
    let comeBack = () => {};
    const waited: number[] = [];
    const clock: Clock = {
      now: () => 0,
      sleep: (ms) =>
        new Promise((resolve) => {
          waited.push(ms);
          comeBack = resolve;
        }),
    };
    const pauses = new Deadlines(1_000, clock);
    const server = createServer((request, response) => {
      heard.push(request.url ?? "");
      request.resume();
      if (request.url === "/refused") readLater(request, response, pauses);
      response.writeHead(204).end();
    });
    opened.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const [refused, other] = [await open(server), await open(server)];

    refused.write(post("/refused", length));
    await once(refused, "data");
    await expect.poll(() => waited).toEqual([1_000]);
    await new Promise((resolve) => refused.write(post("/again", length), resolve));
    // The kernel has it. Whatever can be read is read before another connection gets its second answer.
    for (const path of ["/other-1", "/other-2", "/other-3"]) {
      other.write(post(path, 1));
      await once(other, "data");
    }
    expect(heard).toEqual(["/refused", "/other-1", "/other-2", "/other-3"]);

    comeBack();
    await once(refused, "data");
    expect(heard.at(-1)).toBe("/again");
  },
);
