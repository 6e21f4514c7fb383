/** Receivers and batchers of two versions at once, as in a roll-out: an event is a row once, in the table of its acceptance. */
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DrainReport, drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { type Message, toMessage } from "#services/shared/message.ts";
import { judge } from "#services/shared/row/judge.ts";
import { loadRegistry, type Registry } from "#services/shared/schema/registry.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { drainLimits, loadLimits } from "#test/support/round-limits.ts";
import { type SchemaFolder, schemaFolder } from "./schema-folder.ts";

const never = new AbortController().signal;
const limits = { ...drainLimits, roundMaxMs: 60_000 };
const START = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;

const NEW_TYPE = "dev.example.built.v1";
const CHANGED_TYPE = "dev.example.scanned.v1";
const column = (name: string, type: string) => ({ name, type, description: "A value." });

const VERSIONS = ["old", "new"] as const;
type Version = (typeof VERSIONS)[number];

let folder: SchemaFolder;
const registries = {} as Record<Version, Registry>;
beforeAll(() => {
  folder = schemaFolder();
  folder.write(`${CHANGED_TYPE}.json`, [column("score", "INTEGER")]);
  registries.old = loadRegistry(folder.directory);
  folder.write(`${CHANGED_TYPE}.json`, [column("score", "FLOAT")]);
  folder.write(`${NEW_TYPE}.json`, [column("image", "STRING")]);
  registries.new = loadRegistry(folder.directory);
});
afterAll(() => folder.delete());

const EVENTS = [
  { what: "of a new type", type: NEW_TYPE, data: { image: "a" }, fits: ["new"], else: "unregistered_events" },
  {
    what: "for a changed column",
    type: CHANGED_TYPE,
    data: { score: 0.5 },
    fits: ["new"],
    else: "rejected_events",
  },
  { what: "for both", type: CHANGED_TYPE, data: { score: 5 }, fits: ["old", "new"], else: "" },
  { what: "for none", type: CHANGED_TYPE, data: { score: "x" }, fits: [], else: "rejected_events" },
] as const;
type Kind = (typeof EVENTS)[number];

const tableOf = (kind: Kind, version: Version) =>
  (kind.fits as readonly Version[]).includes(version) ? kind.type.replaceAll(".", "_") : kind.else;

/** As the receiver of that version publishes it. */
function accepted({ type, data }: Kind, version: Version): Message {
  const event: CloudEvent = {
    id: "id",
    source: "s",
    type,
    specversion: "1.0",
    time: "2026-11-20T00:00:00Z",
    extensions: {},
    data: Buffer.from(JSON.stringify(data)),
  };
  const { fit } = judge(registries[version], event);
  return toMessage(event, { source: "test", receivedAt: START, fit });
}

let cloud: MemoryCloud;
let now: number;
let pulls: number;
let leases: number[];
beforeEach(() => {
  cloud = new MemoryCloud();
  now = START + 1_000;
  pulls = 0;
  leases = [];
});

async function drainWith(version: Version): Promise<DrainReport> {
  const ports = startInstance(cloud);
  const { queue, clock } = ports;
  return drain(
    {
      ...ports,
      registry: registries[version],
      clock: { ...clock, now: () => now },
      queue: {
        ...queue,
        pull: (max, waitMs) => {
          pulls += 1;
          return queue.pull(max, waitMs);
        },
        extend: (ackIds, seconds) => {
          leases.push(seconds);
          return queue.extend(ackIds, seconds);
        },
      },
    },
    limits,
    never,
  );
}

/** Every table that the event is in. */
async function tables(): Promise<string[]> {
  await load({ ...startInstance(cloud), registry: registries.new }, loadLimits, never);
  return [...cloud.tables]
    .filter(([name]) => name !== "loads")
    .flatMap(([name, rows]) => rows.map(() => name));
}

function archived(): { reasons?: unknown }[] {
  return cloud
    .names("events/")
    .flatMap((name) =>
      gunzipSync(cloud.objects.get(name)?.bytes ?? "")
        .toString()
        .split("\n")
        .filter(Boolean),
    )
    .map((line) => JSON.parse(line) as { reasons?: unknown });
}

describe.each(EVENTS)("an event $what", (kind) => {
  test.each(
    VERSIONS.flatMap((receiver) =>
      [["new"], ["old", "new"], ["new", "old"], ["old", "new", "old"]].map((batchers) => ({
        receiver,
        batchers: batchers as Version[],
      })),
    ),
  )("of a $receiver receiver, delivered to $batchers", async ({ receiver, batchers }) => {
    const message = accepted(kind, receiver);
    for (const [number, version] of batchers.entries()) {
      // Delivered again, whether acknowledged or not.
      cloud.messages.set(`m${number}`, message);
      cloud.expireLeases();
      const report = await drainWith(version);
      expect(report.reasons).toEqual([]);
    }
    // What the last one gave back, a new one takes.
    cloud.expireLeases();
    await drainWith("new");
    expect(await tables()).toEqual([tableOf(kind, receiver)]);
    expect([...cloud.names("dead-letters/"), ...cloud.names("trials/")]).toEqual([]);
    expect(cloud.messages.size).toBe(0);
  });

  test("without a receiver's judgement it is judged by the batcher", async () => {
    const { data, attributes } = accepted(kind, "new");
    const { "pullhouse-fit": _, ...others } = attributes;
    cloud.messages.set("m", { data, attributes: others });
    await drainWith("old");
    expect(await tables()).toEqual([tableOf(kind, "old")]);
  });
});

describe("a batcher that is older than the receiver", () => {
  const [kind] = EVENTS;

  test("gives the message back for as long again as it has waited, in one pull, and comes again then", async () => {
    cloud.messages.set("m", accepted(kind, "new"));
    const report = await drainWith("old");
    expect(report).toMatchObject({ outcome: "empty", messages: 0, retry: false });
    expect(cloud.actions).toContain("arm drain in 30000 ms");
    expect(leases).toEqual([30]);
    // The one that brought it, and the one that found nothing more.
    expect(pulls).toBe(2);
    now = START + 300_000;
    cloud.expireLeases();
    await drainWith("old");
    expect(leases).toEqual([30, 300]);
  });

  test("writes the row itself after an hour, with a dozen deliveries, and no message becomes a dead letter", async () => {
    cloud.messages.set("m", accepted(kind, "new"));
    while (cloud.messages.size > 0) {
      cloud.expireLeases();
      await drainWith("old");
      now += (leases.at(-1) as number) * 1_000;
    }
    expect(now - START).toBeGreaterThanOrEqual(HOUR_MS);
    expect(now - START).toBeLessThan(HOUR_MS + 2 * 600_000);
    expect(cloud.attempts.get("m")).toBeLessThan(15);
    expect(await tables()).toEqual(["unregistered_events"]);
    expect([...cloud.names("dead-letters/"), ...cloud.names("trials/")]).toEqual([]);
  });

  test("does not wait for an acceptance in the future", async () => {
    const { data, attributes } = accepted(kind, "new");
    cloud.messages.set("m", {
      data,
      attributes: { ...attributes, "pullhouse-received-at": "9000-01-01T00:00:00Z" },
    });
    await drainWith("old");
    expect(await tables()).toEqual(["unregistered_events"]);
  });

  test("leaves a spilled event where it is, takes what lies behind it, and comes again", async () => {
    const put = (name: string, { attributes, data }: Message) => {
      const text = JSON.stringify({ attributes, data_base64: Buffer.from(data).toString("base64") });
      cloud.objects.set(name, { bytes: Buffer.from(text), generation: "1" });
    };
    put("spill/01.json", accepted(kind, "new"));
    put("spill/02.json", accepted(EVENTS[2], "new"));
    expect(await drainWith("old")).toMatchObject({ outcome: "drained", spilled: 1, retry: false });
    expect(cloud.names("spill/")).toEqual(["spill/01.json"]);
    expect(cloud.actions).toContain("arm drain in 30000 ms");
    expect(cloud.names("trials/")).toEqual([]);
    await drainWith("new");
    expect(cloud.names("spill/")).toEqual([]);
    expect((await tables()).toSorted()).toEqual([tableOf(kind, "new"), tableOf(EVENTS[2], "new")].toSorted());
  });
});

test("a row says that its event did not fit when it was accepted, where it would fit now", async () => {
  cloud.messages.set("m", accepted(EVENTS[1], "old"));
  await drainWith("new");
  expect(archived()).toMatchObject([
    { reasons: [{ pointer: "", rule: "the schema when the event was accepted" }] },
  ]);
});

test("what fits neither way keeps the reasons of the batcher", async () => {
  cloud.messages.set("m", accepted(EVENTS[3], "old"));
  await drainWith("new");
  expect(archived()).toMatchObject([{ reasons: [{ pointer: "/score" }] }]);
});
