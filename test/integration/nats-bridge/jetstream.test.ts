/** What a stream holds: forwarded, whoever is killed. */
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PATIENCE } from "./bridge-process.ts";
import { event, ids, MISSING, REPEATED, type Scene, SUBJECT, startScene, WHY_SKIPPED } from "./scene.ts";
import { startScriptedReceiver } from "./scripted-receiver.ts";

const READY = "forwards what a stream holds";

let scene: Scene;

describe.skipIf(MISSING)(`the bridge on JetStream${WHY_SKIPPED}`, () => {
  beforeEach(async () => {
    scene = await startScene();
    await scene.addStream();
  });
  afterEach(() => scene.end());

  test("what the stream held before the bridge was there is forwarded, too", async () => {
    await scene.publish(...ids(20));
    await scene.bridge().logged(READY);
    await expect.poll(() => scene.arrived().size, PATIENCE).toBe(20);
    await expect.poll(scene.owed, PATIENCE).toBe(0);
  });

  test("nothing is acknowledged before a 2xx", async () => {
    await scene.bridge().logged(READY);
    scene.receiverTakes(false);
    await scene.publish(...ids(10));
    await expect.poll(() => scene.receiver.asked.store, PATIENCE).toBeGreaterThan(3);
    expect(await scene.owed()).toBe(10);
    scene.receiverTakes(true);
    await expect.poll(scene.owed, PATIENCE).toBe(0);
    expect(scene.arrived().size).toBe(10);
  });

  test("bridge and nats-server are killed again and again: nothing that the stream holds is lost", async () => {
    const js = (await jetstreamManager(scene.zot)).jetstream();
    const confirmed = (id: string) =>
      js.publish(SUBJECT, event(id), { timeout: 500 }).then(
        () => true,
        () => false,
      );
    const publishAll = async (some: readonly string[]) => {
      // Only what the stream has confirmed is held by it.
      for (const id of some) while (!(await confirmed(id)));
    };
    const all = ids(240);
    const publishing: Promise<void>[] = [];
    scene.receiver.modes.store = "fail";
    for (const round of [0, 1, 2, 3]) {
      // The bridge dies while posts are under way that will never be answered.
      scene.receiver.modes.publisher = "hang";
      const { publisher } = scene.receiver.asked;
      const bridge = scene.bridge();
      publishing.push(publishAll(all.slice(60 * round, 60 * (round + 1))));
      await expect.poll(() => scene.receiver.asked.publisher, PATIENCE).toBeGreaterThan(publisher);
      await bridge.end("SIGKILL");
      scene.receiver.modes.publisher = "work";
      if (round % 2 === 1) continue;
      await scene.server.kill();
      await scene.server.start();
    }
    scene.bridge();
    await Promise.all(publishing);
    await expect.poll(() => scene.arrived().size, PATIENCE).toBe(all.length);
    await expect.poll(scene.owed, PATIENCE).toBe(0);
  });

  test("nats-server is killed under a living bridge: it goes on when the server is back", async () => {
    const running = scene.bridge();
    await running.logged(READY);
    await scene.publish(...ids(10));
    // What the stream has not stored yet dies with the server.
    const manager = await jetstreamManager(scene.zot);
    const stored = async () => (await manager.streams.info("zot")).state.messages;
    await expect.poll(stored, PATIENCE).toBe(10);
    await scene.server.kill();
    await running.logged("disconnected");
    await scene.server.start();
    await running.logged("connected");
    await scene.publish("after");
    await expect.poll(() => scene.arrived().size, PATIENCE).toBe(11);
    await expect.poll(scene.owed, PATIENCE).toBe(0);
  });

  test("stream and consumer are removed and made again: the bridge makes its consumer anew", async () => {
    const running = scene.bridge();
    await running.logged(READY);
    const manager = await jetstreamManager(scene.zot);
    await manager.streams.delete("zot");
    await running.logged("no messages can be had");
    await scene.addStream();
    await scene.publish("anew");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["anew"]));
    await expect.poll(scene.owed, PATIENCE).toBe(0);
    await running.logged("messages can be had again");
  });

  test("a message that is no event is terminated, stays in the stream, and holds up no other", async () => {
    const running = scene.bridge();
    await running.logged(READY);
    await scene.publishRaw("x: line\nfeed", "no event");
    await scene.publish("good");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["good"]));
    expect(await running.logged("refused")).toMatchObject({ code: "RECEIVER_REFUSED", object: "zot/1" });
    await expect.poll(scene.owed, PATIENCE).toBe(0);
    const manager = await jetstreamManager(scene.zot);
    expect((await manager.streams.info("zot")).state.messages).toBe(2);
  });

  test("of two equal headers none is forwarded: the message is terminated, stays in the stream, and holds up no other", async () => {
    const running = scene.bridge({ FORWARD_WORKERS: "1" });
    await running.logged(READY);
    for (const headers of REPEATED) await scene.publishRaw(headers, '{"name":"a"}');
    await scene.publish("good");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["good"]));
    const refused = running.logs.filter(({ message }) => message === "refused");
    expect(refused.map(({ object }) => object)).toEqual(REPEATED.map((_, index) => `zot/${index + 1}`));
    expect(refused[0]).toMatchObject({
      severity: "ERROR",
      code: "RECEIVER_REFUSED",
      reason: 'the header "ce-id" may stand once',
    });
    await expect.poll(scene.owed, PATIENCE).toBe(0);
    const manager = await jetstreamManager(scene.zot);
    expect((await manager.streams.info("zot")).state.messages).toBe(REPEATED.length + 1);
    expect(scene.receiver.asked.publisher).toBe(1);
  });

  test("what always fails is tried again, and holds up no other", async () => {
    const always = await startScriptedReceiver((id) => ({ status: id.startsWith("bad") ? 500 : 202 }));
    try {
      await scene.bridge({ RECEIVER_URL: always.url, FORWARD_WORKERS: "1" }).logged(READY);
      await scene.publish("bad-1", "bad-2", "good");
      const posts = (wanted: string) => always.posts.filter(({ id }) => id === wanted).length;
      await expect.poll(() => posts("good"), PATIENCE).toBe(1);
      await expect.poll(() => Math.min(posts("bad-1"), posts("bad-2")), PATIENCE).toBeGreaterThan(2);
      expect(await scene.owed()).toBe(2);
    } finally {
      await always.close();
    }
  });

  test("a receiver that names a time is not asked earlier", async () => {
    const busy = await startScriptedReceiver((_, time) =>
      time === 1 ? { status: 503, headers: { "retry-after": "2" } } : { status: 202 },
    );
    try {
      await scene.bridge({ RECEIVER_URL: busy.url }).logged(READY);
      await scene.publish("one");
      await expect.poll(() => busy.posts.length, PATIENCE).toBe(2);
      const [first, second] = busy.posts;
      // The server's clock counts from the refusal on, which came after the first post.
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2_000);
    } finally {
      await busy.close();
    }
  });

  test("wrong credentials cost nothing: with the right ones everything arrives", async () => {
    const wrong = scene.bridge({ ZOT_TOKEN: "not-the-token" });
    await wrong.logged(READY);
    await scene.publish(...ids(5));
    expect(await wrong.logged("not forwarded yet")).toMatchObject({ status: 403 });
    expect(await scene.owed()).toBe(5);
    expect(JSON.stringify(wrong.logs)).not.toContain("not-the-token");
    expect(await wrong.end("SIGTERM")).toBe(0);
    scene.bridge();
    await expect.poll(() => scene.arrived().size, PATIENCE).toBe(5);
  });

  test("a post that takes longer than the stream waits is not given to somebody else", async () => {
    const slow = await startScriptedReceiver(() => ({ status: "never answers" }));
    try {
      const waits = { NATS_ACK_WAIT_SECONDS: "1", REQUEST_TIMEOUT_MS: "3500" };
      const running = scene.bridge({ RECEIVER_URL: slow.url, ...waits });
      await scene.publish("slow");
      await running.logged("not forwarded yet");
      // Others would have had it after one, two and three seconds. A second post is a try after the first one's end.
      expect(slow.posts.length).toBeLessThanOrEqual(2);
    } finally {
      await slow.close();
    }
  });
});
