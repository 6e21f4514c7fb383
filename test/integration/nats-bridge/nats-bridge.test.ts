/** zot's NATS sink: a real nats-server between a publisher and the bridge's process, a receiver behind it. */
import { readFileSync } from "node:fs";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, headers as natsHeaders } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isInstalled } from "#test/support/commands.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { type NatsServer, startNatsServer } from "#test/support/nats-server.ts";
import { startReceiver, type TestReceiver } from "#test/support/receiver.ts";
import { type Bridge, startBridge, TOKEN } from "./bridge-process.ts";

const SUBJECT = "zot.events";
const PATIENCE = { timeout: 30_000, interval: 50 };
const [DATA] = JSON.parse(readFileSync("test/fixtures/zot/zotregistry.image.updated.json", "utf8")) as [
  object,
];

let issuer: TestIssuer;
let receiver: TestReceiver;
let server: NatsServer;
let zot: NatsConnection;
let bridges: Bridge[];

const isHere = isInstalled("nats-server");

/** As zot writes it: structured JSON. */
const event = (id: string) =>
  JSON.stringify({
    specversion: "1.0",
    id,
    source: "zotregistry.dev",
    type: "zotregistry.image.updated",
    datacontenttype: "application/json",
    time: "2026-08-21T10:11:12.123456789Z",
    data: DATA,
  });
const ids = (count: number) => Array.from({ length: count }, (_, number) => `event-${number}`);
const publish = (id: string) => zot.publish(SUBJECT, event(id));
const arrived = () => new Set(receiver.published.map(({ attributes }) => attributes["ce-id"]));

function bridge(variables: Record<string, string> = {}): Bridge {
  const started = startBridge({ NATS_URL: server.url, RECEIVER_URL: `${receiver.url}/zot`, ...variables });
  bridges.push(started);
  return started;
}

/** How many messages of the stream are not forwarded: never delivered, or delivered and not acknowledged. */
async function owed(): Promise<number> {
  const manager = await jetstreamManager(zot);
  const { num_pending, num_ack_pending } = await manager.consumers.info("zot", "pullhouse");
  return num_pending + num_ack_pending;
}

async function addStream(): Promise<void> {
  const manager = await jetstreamManager(zot);
  await manager.streams.add({ name: "zot", subjects: ["zot.>"] });
}

describe.skipIf(!isHere)(`zot's NATS sink${isHere ? "" : " (skipped: nats-server is not installed)"}`, () => {
  beforeAll(async () => {
    issuer = await startTestIssuer();
  });
  afterAll(() => issuer.close());

  beforeEach(async () => {
    bridges = [];
    receiver = await startReceiver({ issuer, env: { ZOT_TOKENS: TOKEN } });
    server = await startNatsServer("--jetstream");
    zot = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterEach(async () => {
    await Promise.all(bridges.map((one) => one.end("SIGKILL")));
    await zot.close();
    await server.remove();
    await receiver.stop();
  });

  describe("core NATS", () => {
    test("a structured event arrives to the letter", async () => {
      await bridge().logged("forwards what core NATS delivers");
      publish("one");
      await expect.poll(arrived, PATIENCE).toEqual(new Set(["one"]));
      const [message] = receiver.published;
      expect(message?.attributes["ce-source"]).toBe("zotregistry.dev");
      expect(JSON.parse(Buffer.from(message?.data ?? []).toString())).toEqual(DATA);
    });

    test("a binary event's headers are its attributes, its payload its data", async () => {
      await bridge().logged("forwards what core NATS delivers");
      const given = natsHeaders();
      given.set("ce-specversion", "1.0");
      given.set("ce-id", "binary");
      given.set("ce-source", "zotregistry.dev");
      given.set("Ce-Type", "zotregistry.repository.created");
      given.set("ce-subject", "r%C3%A9po");
      given.set("Content-Type", "application/json");
      given.set("Nats-Msg-Id", "not-the-receiver's-matter");
      zot.publish(SUBJECT, '{"name":"space/my-image"}', { headers: given });
      await expect.poll(arrived, PATIENCE).toEqual(new Set(["binary"]));
      const [message] = receiver.published;
      expect(message?.attributes["ce-subject"]).toBe("répo");
      expect(Buffer.from(message?.data ?? []).toString()).toBe('{"name":"space/my-image"}');
    });

    test("two bridges share the work", async () => {
      await Promise.all([bridge(), bridge()].map((one) => one.logged("forwards what core NATS delivers")));
      for (const id of ids(100)) publish(id);
      await expect.poll(() => arrived().size, PATIENCE).toBe(100);
      expect(receiver.published.length).toBe(100);
    });

    test("what comes while the receiver is overloaded waits, and is let in afterwards", async () => {
      await bridge().logged("forwards what core NATS delivers");
      receiver.modes.publisher = "fail";
      receiver.modes.store = "fail";
      for (const id of ids(50)) publish(id);
      await expect.poll(() => receiver.asked.store, PATIENCE).toBeGreaterThan(0);
      receiver.modes.publisher = "work";
      receiver.modes.store = "work";
      await expect.poll(() => arrived().size, PATIENCE).toBe(50);
    });

    test("what has no room is lost, and each loss is an error in the log", async () => {
      const small = bridge({ NATS_BUFFER_BYTES: "5000", FORWARD_WORKERS: "1" });
      await small.logged("forwards what core NATS delivers");
      receiver.modes.publisher = "fail";
      receiver.modes.store = "fail";
      for (const id of ids(50)) publish(id);
      await zot.flush();
      const lost = () => small.logs.filter(({ message }) => message === "lost").length;
      await expect.poll(lost, PATIENCE).toBeGreaterThan(30);
      receiver.modes.publisher = "work";
      receiver.modes.store = "work";
      await expect.poll(() => arrived().size, PATIENCE).toBe(50 - lost());
    });

    test("SIGTERM: what waits is forwarded first", async () => {
      const ending = bridge({ FORWARD_WORKERS: "1" });
      await ending.logged("forwards what core NATS delivers");
      for (const id of ids(200)) publish(id);
      await zot.flush();
      await expect.poll(() => arrived().size, PATIENCE).toBeGreaterThan(0);
      expect(await ending.end("SIGTERM")).toBe(0);
      expect(arrived().size).toBe(200);
    });
  });

  describe("JetStream", () => {
    beforeEach(addStream);

    test("what the stream held before the bridge was there is forwarded, too", async () => {
      for (const id of ids(20)) publish(id);
      await zot.flush();
      await bridge().logged("forwards what a stream holds");
      await expect.poll(() => arrived().size, PATIENCE).toBe(20);
      await expect.poll(owed, PATIENCE).toBe(0);
    });

    test("nothing is acknowledged before a 2xx", async () => {
      await bridge().logged("forwards what a stream holds");
      receiver.modes.publisher = "fail";
      receiver.modes.store = "fail";
      for (const id of ids(10)) publish(id);
      await expect.poll(() => receiver.asked.store, PATIENCE).toBeGreaterThan(3);
      expect(await owed()).toBe(10);
      receiver.modes.publisher = "work";
      receiver.modes.store = "work";
      await expect.poll(owed, PATIENCE).toBe(0);
      expect(arrived().size).toBe(10);
    });

    test("bridge and nats-server are killed again and again: nothing that the stream holds is lost", async () => {
      const manager = await jetstreamManager(zot);
      const js = manager.jetstream();
      const all = ids(300);
      let held = 0;
      const publishing = (async () => {
        for (const id of all) {
          // Only what the stream has confirmed is held by it.
          while (
            !(await js.publish(SUBJECT, event(id), { timeout: 500 }).then(
              () => true,
              () => false,
            ))
          );
          held++;
        }
      })();
      let current = bridge();
      for (const progress of [30, 90, 150, 210]) {
        await expect.poll(() => held, PATIENCE).toBeGreaterThan(progress);
        await current.end("SIGKILL");
        if (progress % 60 === 30) await server.kill();
        current = bridge();
        if (progress % 60 === 30) await server.start();
      }
      await publishing;
      await expect.poll(() => arrived().size, PATIENCE).toBe(all.length);
      await expect.poll(owed, PATIENCE).toBe(0);
    });

    test("a message that is no event is terminated, stays in the stream, and holds up no other", async () => {
      const running = bridge();
      await running.logged("forwards what a stream holds");
      zot.publish(SUBJECT, "no event");
      publish("good");
      await expect.poll(arrived, PATIENCE).toEqual(new Set(["good"]));
      expect(await running.logged("refused")).toMatchObject({ code: "RECEIVER_REFUSED", object: "zot/1" });
      await expect.poll(owed, PATIENCE).toBe(0);
      const manager = await jetstreamManager(zot);
      expect((await manager.streams.info("zot")).state.messages).toBe(2);
    });

    test("wrong credentials cost nothing: with the right ones everything arrives", async () => {
      const wrong = bridge({ ZOT_TOKEN: "not-the-token" });
      await wrong.logged("forwards what a stream holds");
      for (const id of ids(5)) publish(id);
      expect(await wrong.logged("not forwarded yet")).toMatchObject({ status: 403 });
      expect(await owed()).toBe(5);
      expect(JSON.stringify(wrong.logs)).not.toContain("not-the-token");
      expect(await wrong.end("SIGTERM")).toBe(0);
      bridge();
      await expect.poll(() => arrived().size, PATIENCE).toBe(5);
    });

    test("a post that takes longer than the stream waits is not given to somebody else", async () => {
      receiver.modes.publisher = "hang";
      receiver.modes.store = "hang";
      const slow = bridge({ NATS_ACK_WAIT_SECONDS: "1", REQUEST_TIMEOUT_MS: "3500" });
      publish("slow");
      await slow.logged("not forwarded yet");
      const manager = await jetstreamManager(zot);
      const { num_redelivered, num_ack_pending } = await manager.consumers.info("zot", "pullhouse");
      expect({ num_redelivered, num_ack_pending }).toEqual({ num_redelivered: 0, num_ack_pending: 1 });
    });

    test("a consumer of the same name that does something else is not touched", async () => {
      const manager = await jetstreamManager(zot);
      await manager.consumers.add("zot", { durable_name: "pullhouse", filter_subject: "zot.other" });
      const refused = bridge();
      expect(await refused.exited()).toBe(2);
      expect(refused.errors.join("\n")).toContain("set NATS_DURABLE");
    });
  });

  test("it waits for a stream that must be there", async () => {
    const waiting = bridge({ NATS_JETSTREAM: "require" });
    await waiting.logged("JetStream does not answer");
    await addStream();
    expect(await waiting.logged("forwards what a stream holds")).toMatchObject({ severity: "INFO" });
  });

  test("wrong settings: one line each, and none of the secrets", async () => {
    const refused = bridge({
      NATS_URL: "nats://user:secret@127.0.0.1",
      NATS_USER: "somebody",
      NATS_JETSTREAM: "perhaps",
      ZOT_TOKEN: "",
    });
    expect(await refused.exited()).toBe(2);
    expect(refused.errors.map((line) => line.split(" ")[1])).toEqual([
      "NATS_URL",
      "NATS_PASSWORD",
      "NATS_JETSTREAM",
      "ZOT_TOKEN,",
    ]);
    expect(refused.errors.join("\n")).not.toContain("secret");
  });
});
