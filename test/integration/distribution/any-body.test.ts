/** Whatever MSR, Harbor or Distribution could post: it is kept, in a form that Pub/Sub and a table take. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readReceiverConfig } from "#services/receiver/config.ts";
import type { Source } from "#services/receiver/sources/source.ts";
import { systemClock } from "#services/shared/clock.ts";
import { fromMessage, toMessage } from "#services/shared/message.ts";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";

const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 1_000;
const registry = loadRegistry();
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const SOURCES = readReceiverConfig({
  GOOGLE_CLOUD_PROJECT: "test-project",
  GCS_BUCKET: "test-bucket",
  BATCHER_URL: "http://127.0.0.1:1",
  LOADER_URL: "http://127.0.0.1:1",
  MSR_SECRETS: "0123456789abcdef",
  HARBOR_AUTHORIZATION: "0123456789abcdef",
  DISTRIBUTION_AUTHORIZATION: "0123456789abcdef",
}).sources.map((create) => create({ clock: systemClock, log: silent }));

const SAMPLES = ["msr", "harbor/default", "harbor/cloudevents", "distribution"].flatMap((folder) =>
  readdirSync(`test/fixtures/${folder}`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => readFileSync(`test/fixtures/${folder}/${file}`, "utf8")),
);

const text = fc.string({ unit: fc.constantFrom("a", "é", "\u0000", "\ud800", "😀", '"', "\\", "\u2028") });
const value = fc.oneof(
  fc.json({ maxDepth: 3 }),
  text.map((one) => JSON.stringify(one)),
  fc.constantFrom("1e999", "-0", "12345678901234567890123", `"${"y".repeat(2_000)}"`),
);
/** A sample in which the value of some member is another one. */
const changed = fc.tuple(fc.constantFrom(...SAMPLES), fc.nat(), value).map(([sample, at, json]) => {
  const members = [...sample.matchAll(/"[^"]*":\s*("[^"]*"|\d+|true|false|null)/g)];
  const member = members[at % members.length];
  if (member?.[1] === undefined) return sample;
  const end = member.index + member[0].length;
  return sample.slice(0, end - member[1].length) + json + sample.slice(end);
});
/** A sample with some characters gone. */
const cut = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.nat(), fc.integer({ min: 1, max: 20 }))
  .map(
    ([sample, at, length]) =>
      sample.slice(0, at % sample.length) + sample.slice((at % sample.length) + length),
  );
const body = fc.oneof(
  changed.map((one) => Buffer.from(one)),
  cut.map((one) => Buffer.from(one)),
  fc.json().map((one) => Buffer.from(one)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);
const headers = fc
  .constantFrom(undefined, "application/json", "application/cloudevents+json", "text/plain; charset=é", "")
  .map((type) => new Headers(type === undefined ? {} : { "content-type": type }));

/** The messages of one request, as the receiver makes them. */
function messagesOf(source: Source, head: Headers, bytes: Buffer) {
  const mode = source.modeOf(head);
  if (mode === undefined) throw new Error("the media type is refused");
  const parsed = source.parse(mode, head, bytes);
  if (parsed.outcome !== "events") throw new Error(`the body is refused: ${parsed.outcome}`);
  const receipt = { source: source.id, receivedAt: 1_763_600_000_000 };
  return [
    ...parsed.events.map((event) => toMessage(event, receipt)),
    ...(parsed.unreadable ?? []).map(({ event, reason }) =>
      toMessage(event, { ...receipt, unreadable: reason }),
    ),
  ];
}

test("there are three senders and many samples", () => {
  expect(SOURCES.map(({ id }) => id).toSorted()).toEqual(["distribution", "harbor", "msr"]);
  expect(SAMPLES.length).toBeGreaterThan(40);
});

test.each(SOURCES.map((source) => [source.id, source] as const))(
  `%s: no body is refused, none is dropped, and each message becomes the row of its event (SEED=${SEED})`,
  (_, source) => {
    fc.assert(
      fc.property(headers, body, (head, bytes) => {
        const messages = messagesOf(source, head, bytes);
        const isEmpty = /^\s*\{\s*"events":\s*\[\s*\]\s*\}\s*$/.test(bytes.toString());
        expect(messages.length > 0).toBe(!(isEmpty && source.id === "distribution"));
        for (const message of messages) {
          for (const [name, attribute] of Object.entries(message.attributes))
            expect([name, Buffer.byteLength(attribute) <= 1_024]).toEqual([name, true]);
          const { event, receipt } = fromMessage(message);
          const { line, table } = toRow(registry, event, receipt);
          const row = JSON.parse(line) as Record<string, unknown>;
          expect(row["ce_id"]).toBeTruthy();
          expect(row["source"]).toBe(source.id);
          // What makes no event is kept to the letter.
          if (receipt.unreadable === undefined) continue;
          expect(table).toBe(registry.rejected);
          expect(Buffer.from(event.data).equals(bytes)).toBe(true);
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  },
);
