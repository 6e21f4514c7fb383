/** Fetching a document from a server that answers in every way but the right one. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getJson } from "#services/receiver/oidc/get-json.ts";

const WITHIN = { timeoutMs: 20_000, maxBytes: 1_000 };

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  "/right": (response) => response.end(`{"a":"é"}`),
  "/missing": (response) => response.writeHead(404).end("{}"),
  "/moved": (response) => response.writeHead(302, { location: "/right" }).end(),
  "/no-json": (response) => response.end("<html>"),
  "/large": (response) => response.end(JSON.stringify("x".repeat(1_000))),
  "/endless": (response) => {
    const more = setInterval(() => response.write(" "), 1);
    response.on("close", () => clearInterval(more));
  },
  "/half": (response) => response.writeHead(200, { "content-length": "100" }).write("{"),
  "/cut": (response) => {
    response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
  },
  "/silent": () => {},
};

const server = createServer(({ url = "" }, response) => ANSWERS[url]?.(response));
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("a document is there", async () => {
  expect(await getJson(new URL("/right", origin), WITHIN)).toEqual({ a: "é" });
});

test.each([
  ["/missing", "/missing answered 404"],
  ["/moved", "/moved answered 302"],
  ["/no-json", "is not valid JSON"],
  ["/large", "more than 1000 bytes"],
  ["/endless", "more than 1000 bytes"],
  ["/cut", "aborted"],
])("%s is an error that says why", async (path, reason) => {
  await expect(getJson(new URL(path, origin), WITHIN)).rejects.toThrow(reason);
});

test.each(["/silent", "/half"])("%s is given up when the time is over", async (path) => {
  const given = getJson(new URL(path, origin), { timeoutMs: 50, maxBytes: 1_000 });
  await expect(given).rejects.toThrow(`${path} did not come in 50 ms`);
});

test("nobody there is an error that says where", async () => {
  const nobody = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => nobody.once("listening", resolve));
  const { port } = nobody.address() as AddressInfo;
  await new Promise((resolve) => nobody.close(resolve));
  await expect(getJson(new URL(`http://127.0.0.1:${port}/`), WITHIN)).rejects.toThrow(`127.0.0.1:${port}`);
});
