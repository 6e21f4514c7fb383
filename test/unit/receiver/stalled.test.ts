/** A process that is busy for longer than a sender may be slow: what lies in its sockets by then has not come late. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { type Body, readBody } from "#services/receiver/body.ts";
import { Deadlines } from "#services/receiver/deadlines.ts";
import { systemClock } from "#services/shared/clock.ts";

const PACE_MS = 50;
const BODY_BYTES = 20_000;
const SENT_WITHIN_MS = 30_000;

/** Another thread, since this one stands still: it sends the head, and the body when it is told to. */
const SENDER = `
  const { workerData: { port, size, shared } } = require("node:worker_threads");
  const flags = new Int32Array(shared);
  const socket = require("node:net").connect(port, "127.0.0.1", () => {
    socket.write("POST / HTTP/1.1\\r\\nHost: receiver\\r\\nContent-Length: " + size + "\\r\\n\\r\\n");
    // The other thread may have been told before this one waits: then it is no promise.
    Promise.resolve(Atomics.waitAsync(flags, 0, 0).value).then(() =>
      socket.write(Buffer.alloc(size, "x"), () => {
        Atomics.store(flags, 1, 1);
        Atomics.notify(flags, 1);
      }));
  });
  socket.resume();
`;

test("a body that arrived while the process was busy is read", async () => {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const bodies: Promise<Body>[] = [];
  const pace = new Deadlines(PACE_MS, systemClock);
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    bodies.push(readBody(incoming, 1e6, pace).finally(() => outgoing.end()));
    Atomics.store(flags, 0, 1);
    Atomics.notify(flags, 0);
    if (Atomics.wait(flags, 1, 0, SENT_WITHIN_MS) === "timed-out") throw new Error("no body was sent");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * PACE_MS);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const worker = new Worker(SENDER, {
    eval: true,
    workerData: { port, size: BODY_BYTES, shared: flags.buffer },
  });
  await once(server, "request");
  const [body] = await Promise.all(bodies);
  await worker.terminate();
  server.close();
  server.closeAllConnections();
  expect(body).toEqual({ outcome: "read", bytes: Buffer.alloc(BODY_BYTES, "x") });
});
