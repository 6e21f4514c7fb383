/** What core NATS delivers: once, to whoever listens. */
import { headers as natsHeaders } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PATIENCE } from "./bridge-process.ts";
import {
  DATA,
  event,
  ids,
  MISSING,
  REPEATED,
  type Scene,
  SUBJECT,
  startScene,
  WHY_SKIPPED,
} from "./scene.ts";
import { startScriptedReceiver } from "./scripted-receiver.ts";

const READY = "forwards what core NATS delivers";

let scene: Scene;

describe.skipIf(MISSING)(`the bridge on core NATS${WHY_SKIPPED}`, () => {
  beforeEach(async () => {
    scene = await startScene();
  });
  afterEach(() => scene.end());

  test("a structured event arrives to the letter", async () => {
    await scene.bridge().logged(READY);
    await scene.publish("one");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["one"]));
    const [message] = scene.receiver.published;
    expect(message?.attributes["ce-source"]).toBe("zotregistry.dev");
    expect(JSON.parse(Buffer.from(message?.data ?? []).toString())).toEqual(DATA);
  });

  test("a binary event's headers are its attributes, its payload its data", async () => {
    await scene.bridge().logged(READY);
    const given = natsHeaders();
    given.set("ce-specversion", "1.0");
    given.set("ce-id", "binary");
    given.set("ce-source", "zotregistry.dev");
    given.set("Ce-Type", "zotregistry.repository.created");
    given.set("ce-subject", "r%C3%A9po/日本");
    given.set("Content-Type", "application/json");
    given.set("Nats-Msg-Id", "not-the-receiver's-matter");
    scene.zot.publish(SUBJECT, '{"name":"space/my-image"}', { headers: given });
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["binary"]));
    const [message] = scene.receiver.published;
    expect(message?.attributes["ce-subject"]).toBe("répo/日本");
    expect(Buffer.from(message?.data ?? []).toString()).toBe('{"name":"space/my-image"}');
  });

  test("headers that nobody can read end nothing: the event arrives, and the next one", async () => {
    const running = scene.bridge();
    await running.logged(READY);
    await scene.publishRaw("bad name: value", event("space"));
    await scene.publishRaw("x: line\nfeed", event("line-feed"));
    await scene.publishRaw("ce-é: value\r\nce-bad(name: value", event("letters"));
    await scene.publish("good");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["space", "line-feed", "letters", "good"]));
  });

  test("of two equal headers none is forwarded: the message is lost with an error in the log, and the next one arrives", async () => {
    const running = scene.bridge({ FORWARD_WORKERS: "1" });
    await running.logged(READY);
    for (const headers of REPEATED) await scene.publishRaw(headers, '{"name":"a"}');
    await scene.publish("good");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["good"]));
    const lost = running.logs.filter(({ message }) => message === "lost");
    expect(lost).toHaveLength(REPEATED.length);
    expect(lost[1]).toMatchObject({
      severity: "ERROR",
      code: "RECEIVER_REFUSED",
      reason: 'the header "ce-id" may stand once',
    });
  });

  test("two bridges share the work", async () => {
    await Promise.all([scene.bridge(), scene.bridge()].map((one) => one.logged(READY)));
    await scene.publish(...ids(100));
    await expect.poll(() => scene.arrived().size, PATIENCE).toBe(100);
    expect(scene.receiver.published.length).toBe(100);
  });

  test("what comes while the receiver is overloaded waits, and is let in afterwards", async () => {
    const running = scene.bridge();
    await running.logged(READY);
    scene.receiverTakes(false);
    await scene.publish(...ids(50));
    await expect.poll(() => scene.receiver.asked.store, PATIENCE).toBeGreaterThan(0);
    scene.receiverTakes(true);
    await expect.poll(() => scene.arrived().size, PATIENCE).toBe(50);
    await running.logged("forwarded again");
  });

  test("what always fails holds up no other", async () => {
    const always = await startScriptedReceiver((id) => ({ status: id.startsWith("bad") ? 500 : 202 }));
    try {
      await scene.bridge({ RECEIVER_URL: always.url, FORWARD_WORKERS: "1" }).logged(READY);
      await scene.publish("bad-1", "bad-2", "good");
      await expect.poll(() => always.posts.map(({ id }) => id), PATIENCE).toContain("good");
    } finally {
      await always.close();
    }
  });

  test("what has no room is lost, and each loss is an error in the log", async () => {
    const small = scene.bridge({ NATS_BUFFER_BYTES: "10000", FORWARD_WORKERS: "1" });
    await small.logged(READY);
    scene.receiverTakes(false);
    await scene.publish(...ids(50));
    const lost = () => small.logs.filter(({ message }) => message === "lost").length;
    await expect.poll(lost, PATIENCE).toBeGreaterThan(40);
    scene.receiverTakes(true);
    await expect.poll(() => scene.arrived().size + lost(), PATIENCE).toBe(50);
    expect(scene.arrived().size).toBeGreaterThan(1);
  });

  test("SIGTERM: what waits is forwarded first", async () => {
    const ending = scene.bridge({ FORWARD_WORKERS: "1" });
    await ending.logged(READY);
    await scene.publish(...ids(200));
    await expect.poll(() => scene.arrived().size, PATIENCE).toBeGreaterThan(0);
    expect(await ending.end("SIGTERM")).toBe(0);
    expect(scene.arrived().size).toBe(200);
  });

  test("SIGTERM while the receiver is away: what is lost is counted in the log", async () => {
    scene.receiverTakes(false);
    const ending = scene.bridge();
    await ending.logged(READY);
    await scene.publish(...ids(5));
    await ending.logged("not forwarded yet");
    expect(await ending.end("SIGTERM")).toBe(0);
    expect(await ending.logged("lost")).toMatchObject({ severity: "ERROR", messages: 5 });
  });

  test("nats-server is killed and comes back: the bridge listens again", async () => {
    const running = scene.bridge();
    await running.logged(READY);
    await scene.server.kill();
    await running.logged("disconnected");
    await scene.server.start();
    await running.logged("connected");
    const publishAgain = async () => {
      await scene.publish("after");
      return scene.arrived();
    };
    await expect.poll(publishAgain, PATIENCE).toEqual(new Set(["after"]));
  });
});
