/** What a publish request may hold, and what becomes of it. */
import { randomBytes } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { type PublishedMessage, refused, texts } from "./rig.ts";
import type { Target } from "./target.ts";

const MB = 1_000_000;

export function publishContract(target: Target): void {
  const { rig } = target;

  test("a message arrives byte for byte, with its attributes, id and time", async () => {
    const { subscriber, ...r } = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    const data = randomBytes(1000);
    const attributes = { "ce-id": "1", empty: "", ключ: "значение" };
    const before = Date.now();
    const ids = await r.publish(topic, { data, attributes, orderingKey: "k" });
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 1 });
    const message = receivedMessages?.[0]?.message;
    expect(Buffer.from(message?.data as Uint8Array).equals(data)).toBe(true);
    expect(message).toMatchObject({ attributes, orderingKey: "k" });
    expect([message?.messageId]).toEqual(ids);
    const publishedMs =
      Number(message?.publishTime?.seconds) * 1000 + (message?.publishTime?.nanos ?? 0) / 1e6;
    expect(publishedMs).toBeGreaterThanOrEqual(before - 1000);
    expect(publishedMs).toBeLessThanOrEqual(Date.now() + 1000);
  });

  test("a message may have attributes and no data", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, { attributes: { only: "this" } });
    expect(await r.pullAll(subscription, 1)).toMatchObject([{ text: "", attributes: { only: "this" } }]);
  });

  test("a thousand messages get a thousand ids, in their order", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    const sent = Array.from({ length: 1000 }, (_, index) => `m${index}`);
    const ids = await r.publish(topic, ...sent);
    expect(new Set(ids).size).toBe(1000);
    const got = await r.pullAll(subscription, 1000);
    expect(new Map(got.map(({ id, text }) => [id, text]))).toEqual(
      new Map(ids.map((id, index) => [id, `m${index}`])),
    );
  });

  test("every subscription of a topic gets every message", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscriptions = [await r.subscription(topic), await r.subscription(topic)];
    await r.publish(topic, "a", "b");
    for (const subscription of subscriptions) {
      const got = await r.pullAll(subscription, 2);
      expect(texts(got).toSorted()).toEqual(["a", "b"]);
      await r.acknowledge(subscription, got);
    }
  });

  test("what was published before a subscription existed is not delivered to it", async () => {
    const r = rig();
    const topic = await r.topic();
    await r.publish(topic, "to nobody");
    const subscription = await r.subscription(topic);
    await r.publish(topic, "to somebody");
    expect(texts(await r.pullAll(subscription, 1))).toEqual(["to somebody"]);
    expect(await r.pull(subscription, 10, true)).toEqual([]);
  });

  test("a message of 9 MB gets through", async () => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    await r.publish(topic, { data: Buffer.alloc(9 * MB, "x") });
    expect((await r.pullAll(subscription, 1))[0]?.text.length).toBe(9 * MB);
  });

  const attempt = async (messages: PublishedMessage[]) => {
    const r = rig();
    const topic = await r.topic();
    const subscription = await r.subscription(topic);
    const code = await r.publish(topic, ...messages).then(
      () => status.OK,
      (error: unknown) => (error as { code: status }).code,
    );
    return { code, delivered: await r.pull(subscription, 10, true) };
  };
  const refusedAsAWhole = { code: status.INVALID_ARGUMENT, delivered: [] };

  const tooMuch: readonly (readonly [string, () => PublishedMessage[]])[] = [
    ["no message", () => []],
    ["an empty message", () => [{ data: Buffer.from("good") }, {}]],
    ["1,001 messages", () => Array.from({ length: 1001 }, () => ({ data: Buffer.from("x") }))],
  ];
  test.each(tooMuch)("a request with %s is refused as a whole", async (_, messages) => {
    expect(await attempt(messages())).toEqual(refusedAsAWhole);
  });

  const tooMuchForGoogleCloud: typeof tooMuch = [
    ["an attribute key of 257 bytes", () => [{ attributes: { ["k".repeat(257)]: "v" } }]],
    ["an attribute value of 1,025 bytes", () => [{ attributes: { k: "v".repeat(1025) } }]],
    ["an attribute value of 1,026 bytes in 513 characters", () => [{ attributes: { k: "ё".repeat(513) } }]],
    [
      "101 attributes",
      () => [{ attributes: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, "v"])) }],
    ],
  ];
  test.skipIf(target.isGoogleEmulator).each(tooMuchForGoogleCloud)(
    "a request with %s is refused as a whole (the emulator cannot)",
    async (_, messages) => {
      expect(await attempt(messages())).toEqual(refusedAsAWhole);
    },
  );

  test.skipIf(target.isGoogleEmulator)(
    "a request of more than 10 MB is refused at once (the emulator cannot)",
    async () => {
      const r = rig();
      const topic = await r.topic();
      const half = { data: Buffer.alloc(5.5 * MB, "x") };
      await expect(r.publish(topic, half, half)).rejects.toEqual(
        refused(status.INVALID_ARGUMENT, /10485760/),
      );
      const whole = { data: Buffer.alloc(11 * MB, "x") };
      await expect(r.publish(topic, whole)).rejects.toEqual(refused(status.INVALID_ARGUMENT, /10485760/));
    },
  );
}
