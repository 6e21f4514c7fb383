/** Servers that accept and fall silent, before their answer or within it: no call of store and warehouse waits for good. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "#services/shared/clock.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import { createStore } from "#services/shared/gcp/storage.ts";

/** What the server says before it falls silent. */
const HALF = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
const requestTimeoutMs = 200;

const servers: Server[] = [];
const sockets = new Set<Socket>();
let silent = "";
let half = "";

async function serve(answer: string): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.write(answer));
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  silent = await serve("");
  half = await serve(HALF);
});
afterAll(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
});

const CALLS: Record<string, (address: string) => Promise<unknown>> = {
  "create an object": (address) =>
    storeAt(address).create("a", Buffer.from("x"), { contentType: "text/plain" }),
  "read an object": (address) => storeAt(address).read("a"),
  "list objects": (address) => storeAt(address).list("a/", 10),
  "list folders": (address) => storeAt(address).folders("a/"),
  "copy an object": (address) => storeAt(address).copy("a", "b"),
  "remove an object": (address) => storeAt(address).remove("a"),
  "run a statement": (address) => warehouseAt(address).execute("job", "SELECT 1"),
  "look at a table": (address) => warehouseAt(address).ensureTable({ name: "t", columns: [] }),
  "drop a table": (address) => warehouseAt(address).dropStaging("t"),
};

const storeAt = (address: string) =>
  createStore({ project: "silent", bucket: "silent", requestTimeoutMs, address });
const warehouseAt = (address: string) =>
  createWarehouse({
    project: "silent",
    dataset: "silent",
    stagingDataset: "silent_staging",
    bucket: "silent",
    address,
    clock: systemClock,
    requestTimeoutMs,
    jobTimeoutMs: 1_000,
  });

/** BigQuery's client tries a dead connection three times more, which takes it 15 s. */
const ONCE = ["look at a table", "drop a table"];

const CASES = Object.keys(CALLS).flatMap((name) =>
  ONCE.includes(name)
    ? [[name, "never comes"]]
    : [
        [name, "never comes"],
        [name, "ends in its middle"],
      ],
);

test.concurrent.each(CASES)("%s: an answer that %s is an error", async (name = "", how) => {
  const address = how === "never comes" ? silent : half;
  await expect(CALLS[name]?.(address)).rejects.toMatchObject({ retry: "later" });
});
