/** A message that kills every batcher that handles it ends among the dead letters, and nothing else does. */
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type DrainLimits, type DrainReport, drain } from "#services/batcher/drain.ts";
import type { DrainPorts } from "#services/batcher/settle.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { pullMessage } from "#test/support/pull-message.ts";

const never = new AbortController().signal;
const limits: DrainLimits = {
  workers: 1,
  batchMaxMessages: 1_000,
  batchMaxSize: 1e6,
  batchMaxAgeMs: 1e6,
  pullWaitMs: 1,
  pullAgainMs: 1,
  pullPatienceMs: 1,
  leaseSeconds: 10,
  suspectAttempts: 5,
  windowMs: 60_000,
  roundMaxMs: 60_000,
};

/** By when a marker of a round proves a crash. */
const ROUND_ENDS_MS = 2.5 * limits.roundMaxMs;

/** The ids of the events in an object. */
function idsIn(bytes: Uint8Array): string[] {
  const lines = gunzipSync(bytes).toString().split("\n").filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { ce_id: string }).ce_id);
}

let now = Date.UTC(2026, 10, 20);

/** A round of a batcher that dies at the moment in which it writes the row of a deadly event. */
async function roundWith(cloud: MemoryCloud, deadly: ReadonlySet<string>): Promise<DrainReport | "died"> {
  const instance = startInstance(cloud);
  const ports = { ...instance, clock: { ...instance.clock, now: () => now } };
  const { promise: death, resolve: die } = Promise.withResolvers<"died">();
  const create: DrainPorts["store"]["create"] = (name, bytes, options) => {
    if (!name.startsWith("events/") || !idsIn(bytes).some((id) => deadly.has(id)))
      return ports.store.create(name, bytes, options);
    die("died");
    return new Promise(() => {});
  };
  return Promise.race([drain({ ...ports, store: { ...ports.store, create } }, limits, never), death]);
}

/** Rounds, each after every earlier one must have ended, until a batcher finds nothing; the answer is how many died. */
async function roundsUntilEmpty(cloud: MemoryCloud, deadly: ReadonlySet<string>): Promise<number> {
  let deaths = 0;
  for (let round = 0; round < 100; round++) {
    const ended = await roundWith(cloud, deadly);
    if (ended === "died") deaths += 1;
    else if (ended.outcome === "empty") return deaths;
    cloud.expireLeases();
    now += ROUND_ENDS_MS;
  }
  throw new Error("not done after 100 rounds");
}

const written = (cloud: MemoryCloud) =>
  cloud.names("events/").flatMap((name) => idsIn(cloud.objects.get(name)?.bytes ?? Buffer.alloc(0)));

test.each([
  { others: 0, deaths: 5 + 3 },
  { others: 10, deaths: 5 + 1 + 3 },
  { others: 500, deaths: 5 + 2 + 3 },
])(
  "a deadly message among $others others kills $deaths batchers and goes alone",
  async ({ others, deaths }) => {
    const cloud = new MemoryCloud();
    const ids = Array.from({ length: others }, (_, number) => `good-${number}`);
    const middle = Math.floor(others / 2);
    for (const id of [...ids.slice(0, middle), "deadly", ...ids.slice(middle)])
      cloud.messages.set(id, pullMessage(id));

    expect(await roundsUntilEmpty(cloud, new Set(["deadly"]))).toBe(deaths);

    expect(written(cloud).toSorted()).toEqual(ids.toSorted());
    expect(cloud.names("dead-letters/")).toEqual(["dead-letters/deadly.json"]);
    const letter = JSON.parse(String(cloud.objects.get("dead-letters/deadly.json")?.bytes)) as object;
    const { attributes, data } = pullMessage("deadly");
    expect(letter).toMatchObject({
      attributes,
      data_base64: Buffer.from(data).toString("base64"),
      reason: "3 batchers died with this message alone in hand",
      attempt: deaths + 1,
    });
    expect(cloud.messages.size).toBe(0);
    expect(cloud.names("trials/")).toEqual([]);
  },
);

test("two deadly messages are both found, and what arrives meanwhile is written in the round of its arrival", async () => {
  const cloud = new MemoryCloud();
  for (let number = 0; number < 300; number++)
    cloud.messages.set(`good-${number}`, pullMessage(`good-${number}`));
  for (const id of ["deadly-1", "deadly-2"]) cloud.messages.set(id, pullMessage(id));
  const deadly = new Set(["deadly-1", "deadly-2"]);
  let arrived = 0;
  const delayed: string[] = [];
  for (let round = 0; round < 40 && cloud.messages.size > 0; round++) {
    const isSuspected = [...deadly].every((id) => (cloud.attempts.get(id) ?? 0) >= 5);
    if (isSuspected) cloud.messages.set(`late-${++arrived}`, pullMessage(`late-${arrived}`));
    await roundWith(cloud, deadly);
    delayed.push(...[...cloud.messages.keys()].filter((id) => id.startsWith("late-")));
    cloud.expireLeases();
    // Now and then a round comes while it is not known yet whether the one before has died.
    now += round % 3 === 0 ? 1_000 : ROUND_ENDS_MS;
  }
  expect(cloud.names("dead-letters/")).toEqual(["dead-letters/deadly-1.json", "dead-letters/deadly-2.json"]);
  expect(arrived).toBeGreaterThan(3);
  expect(delayed).toEqual([]);
  expect(new Set(written(cloud)).size).toBe(300 + arrived);
});

test("an outage of many rounds condemns nobody, and what it held up is written in one object", async () => {
  const cloud = new MemoryCloud();
  for (let number = 0; number < 50; number++) cloud.messages.set(`m${number}`, pullMessage(`m${number}`));
  for (let round = 0; round < 20; round++) {
    const ports = startInstance(cloud);
    // Everything fails, or what is large does.
    const create: DrainPorts["store"]["create"] = (name, bytes, options) =>
      round % 2 === 0 || name.startsWith("events/")
        ? Promise.reject(new Error("no store"))
        : ports.store.create(name, bytes, options);
    const report = await drain({ ...ports, store: { ...ports.store, create } }, limits, never);
    expect(report).toMatchObject({ outcome: "partial", messages: 0 });
    cloud.expireLeases();
  }
  expect([...cloud.attempts.values()].every((attempts) => attempts > 5)).toBe(true);

  expect(await drain(startInstance(cloud), limits, never)).toMatchObject({
    outcome: "drained",
    messages: 50,
  });
  expect(cloud.names("events/")).toHaveLength(1);
  expect(cloud.names("dead-letters/")).toEqual([]);
  expect(cloud.names("trials/")).toEqual([]);
});

test("a message that no row can be made of is a dead letter at once, with the reason", async () => {
  const cloud = new MemoryCloud();
  cloud.messages.set("good", pullMessage("good"));
  cloud.messages.set("odd", pullMessage("odd", { type: "com.example.odd" }));
  const ports = startInstance(cloud);
  const find = (type: string) => {
    if (type === "com.example.odd") throw new RangeError("too deep");
    return ports.registry.find(type);
  };

  const report = await drain({ ...ports, registry: { ...ports.registry, find } }, limits, never);

  expect(report).toMatchObject({
    outcome: "drained",
    messages: 2,
    rows: { dev_chainguard_registry_pull_v1: 1 },
  });
  expect(cloud.names("dead-letters/")).toEqual(["dead-letters/odd.json"]);
  expect(String(cloud.objects.get("dead-letters/odd.json")?.bytes)).toContain(
    "no row can be made of it: too deep",
  );
  expect(cloud.messages.size).toBe(0);
});

test("a message that no row can be made of comes again while it cannot be put away, and the others are written", async () => {
  const cloud = new MemoryCloud();
  cloud.messages.set("odd", pullMessage("odd", { type: "com.example.odd" }));
  cloud.messages.set("good", pullMessage("good"));
  const ports = startInstance(cloud);
  const find = (type: string) => {
    if (type === "com.example.odd") throw new RangeError("too deep");
    return ports.registry.find(type);
  };
  const create: DrainPorts["store"]["create"] = (name, bytes, options) =>
    name.startsWith("dead-letters/")
      ? Promise.reject(new Error("no store"))
      : ports.store.create(name, bytes, options);

  const store = { ...ports.store, create };
  const report = await drain({ ...ports, store, registry: { ...ports.registry, find } }, limits, never);

  expect(report).toMatchObject({ outcome: "partial", messages: 1, reasons: ["no store"] });
  expect([...cloud.messages.keys()]).toEqual(["odd"]);
  expect(cloud.alarms).toContain("drain");
});

function spill(cloud: MemoryCloud, id: string, number: number): void {
  const { attributes, data } = pullMessage(id);
  const text = JSON.stringify({ attributes, data_base64: Buffer.from(data).toString("base64") });
  cloud.objects.set(`spill/0${number}.json`, { bytes: Buffer.from(text), generation: String(number) });
}

test("a deadly event in the spill goes alone, too", async () => {
  const cloud = new MemoryCloud();
  for (const [number, id] of ["a", "deadly", "b"].entries()) spill(cloud, id, number);

  expect(await roundsUntilEmpty(cloud, new Set(["deadly"]))).toBe(1 + 3);

  expect(written(cloud).toSorted()).toEqual(["a", "b"]);
  expect(cloud.names("dead-letters/")).toEqual(["dead-letters/01.json"]);
  expect([...cloud.names("spill/"), ...cloud.names("trials/")]).toEqual([]);
});

test("a deadly message in the queue leaves no marker on what is in the spill, and the other way round", async () => {
  const cloud = new MemoryCloud();
  for (const id of ["good-1", "deadly-1"]) cloud.messages.set(id, pullMessage(id));
  for (const [number, id] of ["good-2", "deadly-2"].entries()) spill(cloud, id, number);

  const deadly = new Set(["deadly-1", "deadly-2"]);

  expect(await roundWith(cloud, deadly)).toBe("died");
  expect(cloud.names("trials/")).toEqual([]);
  await roundsUntilEmpty(cloud, deadly);

  expect(written(cloud).toSorted()).toEqual(["good-1", "good-2"]);
  expect(cloud.names("dead-letters/")).toEqual(["dead-letters/01.json", "dead-letters/deadly-1.json"]);
  expect(cloud.names("trials/")).toEqual([]);
});
