/** The built batcher with the NODE_OPTIONS of a deployment: the most memory that it ever has, for messages of any size. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HEAPS, sizeOf } from "#infra/gcp/sizes.ts";
import type { DrainReport } from "#services/batcher/drain.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import { type Message, toMessage } from "#services/shared/message.ts";
import type { Store } from "#services/shared/ports.ts";
import { persist, systemRandom } from "#services/shared/retry.ts";
import { type BundledPlace, openBundledPlace } from "#test/bench/bundled-place.ts";
import { startBundle } from "#test/bench/memory/bundle-process.ts";
import { memory } from "#test/bench/process-figures.ts";
import { startSizeBlindPubSub } from "#test/support/size-blind-pubsub.ts";

const LIMIT_MIB = Number.parseInt(sizeOf("batcher", { maxReceivers: 1, receiverShape: "shared" }).memory, 10);
const MB = 1_000_000;
const MIB = 1024 * 1024;
const PATIENCE_MS = 300_000;

let place: BundledPlace;
let store: Store;

beforeAll(async () => {
  place = await openBundledPlace();
  const of = (name: string) => place.env[name] as string;
  const projectId = of("GOOGLE_CLOUD_PROJECT");
  const address = of("STORAGE_EMULATOR_HOST");
  store = createStore({ project: projectId, bucket: of("GCS_BUCKET"), requestTimeoutMs: 20_000, address });
}, PATIENCE_MS);
afterAll(() => place[Symbol.asyncDispose]());

let ids = 0;
function message(data: Buffer, contentType = "application/json"): Message {
  const event = { id: `id-${++ids}`, source: "s", type: "com.example.large", specversion: "1.0" };
  const more = { datacontenttype: contentType, extensions: {}, data };
  return toMessage({ ...event, ...more }, { source: "test", receivedAt: Date.now(), fit: "unregistered" });
}

/** A control character takes six bytes in a row; the text is not Latin, so that each character takes two in memory. */
const escapes = (bytes: number) => message(Buffer.from(`€${"\u0001".repeat(bytes - 3)}`), "text/plain");
/** A quote takes two bytes in a row. */
const quotes = (bytes: number) => message(Buffer.from(`["€${'"",'.repeat(bytes / 3 - 4)}""]`));
/** No text: base64, and nothing that gzip makes smaller. */
const noise = (bytes: number) => message(randomBytes(bytes), "application/octet-stream");
const small = () => message(Buffer.from(`{"text":"${"x".repeat(900)}"}`));

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

async function spill(messages: readonly Message[]): Promise<void> {
  for (const { data, attributes } of messages) {
    const text = JSON.stringify({ attributes, data_base64: Buffer.from(data).toString("base64") });
    const name = `spill/${String(++ids).padStart(6, "0")}.json`;
    const put = () => store.create(name, Buffer.from(text), { contentType: "application/json" });
    await persist(put, () => false, { clock: systemClock, random: systemRandom });
  }
}

/** Rounds until all messages, and what is in the spill, are rows; the most memory of that process, in MiB. */
async function mostMemory(queued: readonly Message[], spilled: number): Promise<number> {
  // What was in an answer that is too large soon comes again.
  const pubsub = await startSizeBlindPubSub(queued, 2_000);
  const server = await startBundle(join(place.folder, "batcher", "main.js"), {
    ...place.env,
    ...HEAPS.batcher,
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`,
  });
  try {
    for (let done = 0; done < queued.length + spilled; ) {
      const response = await fetch(`http://127.0.0.1:${server.port}/drain`, { method: "POST" });
      const report = (await response.json()) as DrainReport;
      expect(report).toMatchObject({ reasons: [] });
      done += report.messages + report.spilled;
    }
    return memory(server.pid, "VmHWM");
  } finally {
    await server.stop();
    await pubsub.stop();
  }
}

test.each([
  // The largest MAX_BODY_BYTES of a receiver.
  { what: "messages of 8 MiB, all escapes", messages: () => times(4, () => escapes(8 * MIB)) },
  {
    what: "messages of 10 MB, text and none",
    messages: () => times(4, () => [quotes(9.9 * MB), noise(9.9 * MB)]).flat(),
  },
  { what: "messages of 1 MiB", messages: () => times(40, () => quotes(MIB)) },
  { what: "messages of 1 KB", messages: () => times(20_000, small) },
  {
    what: "messages of 1 KB with large ones among them",
    messages: () =>
      times(3, () => [
        ...times(500, small),
        quotes(9.9 * MB),
        ...times(5, () => quotes(MIB)),
        ...times(500, small),
      ]).flat(),
  },
])("$what", { timeout: PATIENCE_MS }, async ({ what, messages }) => {
  const most = await mostMemory(messages(), 0);
  console.log(`${what}: ${most.toFixed(0)} MiB`);
  expect(most).toBeLessThan(LIMIT_MIB);
});

test("spilled events of 10 MB and 1 KB", { timeout: PATIENCE_MS }, async () => {
  const events = [...times(20, small), ...times(8, () => quotes(9.9 * MB)), ...times(20, small)];
  await spill(events);
  const most = await mostMemory([], events.length);
  console.log(`spilled: ${most.toFixed(0)} MiB`);
  expect(most).toBeLessThan(LIMIT_MIB);
});
