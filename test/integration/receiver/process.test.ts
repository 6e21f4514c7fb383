/** The receiver as a process with the real clients: what it answered is kept, also when it is told to stop. */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { PULL, PULL_HEADERS, post, readAll } from "#test/support/receiver.ts";
import { type LocalCloud, spawnReceiver, startCloud, startProcess } from "./receiver-process.ts";

let issuer: TestIssuer;
let cloud: LocalCloud;
let variables: Record<string, string>;

beforeAll(async () => {
  issuer = await startTestIssuer();
  cloud = await startCloud();
  variables = { ...cloud.variables, CHAINGUARD_ISSUER: issuer.url, PUBLISH_TIMEOUT_MS: "300" };
});
afterAll(async () => {
  await cloud.close();
  await issuer.close();
});

test("wrong settings stop the start with one line each, and status 2", async () => {
  const { status, stderr } = await spawnReceiver({
    ...variables,
    CHAINGUARD_GROUP: "webhook:everyone",
    CHAINGUARD_ISSUER: "http://issuer.example",
    MAX_BODY_BYTES: "1MB",
    GCS_BUCKET: " ",
  }).exited;
  expect(status).toBe(2);
  const lines = stderr.trim().split("\n");
  expect(lines).toHaveLength(4);
  for (const name of ["CHAINGUARD_GROUP", "CHAINGUARD_ISSUER", "MAX_BODY_BYTES", "GCS_BUCKET"]) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^receiver: ${name} is `)));
  }
});

test("it connects to Pub/Sub and Cloud Tasks before the first event comes", async () => {
  const servers = [createServer(), createServer()];
  const connected = servers.map((server) => once(server, "connection"));
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, "127.0.0.1"), "listening");
      return (server.address() as AddressInfo).port;
    }),
  );
  const receiver = await startProcess({
    ...variables,
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${ports[0]}`,
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${ports[1]}`,
  });
  const connections = await Promise.all(connected);
  expect(connections).toHaveLength(2);
  receiver.signal("SIGTERM");
  await receiver.exited;
  for (const [socket] of connections) (socket as Socket).destroy();
  for (const server of servers) server.close();
});

test("after SIGTERM every request in flight is answered, and every event that was answered 202 is kept", async () => {
  const receiver = await startProcess(variables);
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const accepted: string[] = [];
  const others: unknown[] = [];
  let stopping = false;

  /** Posts one event after the other on kept connections, until the receiver takes no more. */
  async function keepSending(sender: number): Promise<void> {
    for (let n = 0; ; n += 1) {
      const id = `${sender}-${n}`;
      const answer = await postOne(receiver.port, agent, { ...PULL_HEADERS, "ce-id": id, authorization });
      if (answer === 202) accepted.push(id);
      else {
        // A connection that was kept may close as the next request is on its way: no answer, no promise.
        if (!stopping || answer !== "closed") others.push(answer);
        return;
      }
    }
  }
  const senders = Array.from({ length: 20 }, (_, sender) => keepSending(sender));

  const half = connect(receiver.port, "127.0.0.1");
  const halfAnswer = readAll(half);
  const headers = Object.entries({ ...PULL_HEADERS, "ce-id": "half", authorization, host: "x" });
  half.write(`POST / HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}`);
  half.write(`content-length: ${PULL.length}\r\n\r\n`);
  half.write(PULL.subarray(0, 100));
  await expect.poll(() => accepted.length).toBeGreaterThan(100);

  stopping = true;
  const begin = performance.now();
  receiver.signal("SIGTERM");
  await receiver.logged("stopping");
  half.write(PULL.subarray(100));
  expect(await halfAnswer).toMatch(/^HTTP\/1\.1 202 [^]*\r\nconnection: close\r\n/i);
  await Promise.all(senders);
  expect(others).toEqual([]);
  expect((await receiver.exited).status).toBe(0);
  // After that Cloud Run kills it.
  expect(performance.now() - begin).toBeLessThan(10_000);
  agent.destroy();

  const kept = new Set([...(await cloud.drainIds()), ...(await cloud.spilledIds())]);
  expect([...accepted, "half"].filter((id) => !kept.has(id))).toEqual([]);
});

test("without Pub/Sub and without alarms, events are accepted, and are in Cloud Storage", async () => {
  await cloud.stopPubSub();
  const receiver = await startProcess({ ...variables, CLOUD_TASKS_EMULATOR_HOST: "127.0.0.1:1" });
  const authorization = `Bearer ${await issuer.token(PULL)}`;
  const ids = Array.from({ length: 10 }, (_, n) => `away-${n}`);
  const answers = await Promise.all(
    ids.map((id) => post(receiver.port, "/", PULL, { ...PULL_HEADERS, "ce-id": id, authorization })),
  );
  expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 202));
  expect(await cloud.spilledIds()).toEqual(expect.arrayContaining(ids));

  receiver.signal("SIGTERM");
  expect((await receiver.exited).status).toBe(0);
});

function postOne(port: number, agent: Agent, headers: Record<string, string>): Promise<number | "closed"> {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, agent, method: "POST", headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", () => resolve("closed"));
    sent.end(PULL);
  });
}
