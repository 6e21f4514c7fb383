/** A marker is a crash only when that is certain: not while its round may be alive, and once per process. */
import { expect, test } from "vitest";
import { type DrainLimits, drain } from "#services/batcher/drain.ts";
import { createDrain } from "#services/batcher/one-round.ts";
import type { DrainPorts } from "#services/batcher/settle.ts";
import { PipelineError } from "#services/shared/errors.ts";
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
  suspectAttempts: 0,
  windowMs: 60_000,
  roundMaxMs: 60_000,
};
const ROUND_ENDS_MS = 2.5 * limits.roundMaxMs;

interface World {
  readonly cloud: MemoryCloud;
  now: number;
  /** Leases as they were asked for, in seconds. */
  readonly extended: number[];
  readonly armed: string[];
}

function createWorld(): World {
  const cloud = new MemoryCloud();
  cloud.messages.set("good", pullMessage("good"));
  return { cloud, now: Date.UTC(2026, 10, 20), extended: [], armed: [] };
}

/** A process; in an outage nobody waits for long. */
function portsIn(world: World): DrainPorts {
  const { queue, clock, ...ports } = startInstance(world.cloud);
  return {
    ...ports,
    queue: {
      ...queue,
      extend: (ackIds, seconds) => {
        world.extended.push(seconds);
        return queue.extend(ackIds, seconds);
      },
    },
    alarm: { arm: async (name, ms = 0) => void world.armed.push(`${name} in ${ms}`) },
    clock: {
      now: () => world.now,
      // A retry's pause passes at once; a renewal of leases never comes.
      sleep: (ms, signal) =>
        signal === undefined ? Promise.resolve(void (world.now += ms)) : clock.sleep(ms, signal),
    },
  };
}

const unavailable = (what: string) => Promise.reject(new PipelineError("STORE_UNAVAILABLE", "later", what));

const letters = ({ cloud }: World) => cloud.names("dead-letters/");

test("what a living batcher has in hand is left to it, however often it is delivered to others", async () => {
  const world = createWorld();
  const alive = portsIn(world);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  const create: DrainPorts["store"]["create"] = async (name, ...rest) => {
    if (name.startsWith("events/")) {
      begin();
      await goesOn;
    }
    return alive.store.create(name, ...rest);
  };
  const round = drain({ ...alive, store: { ...alive.store, create } }, limits, never);
  await begun;
  world.now += limits.roundMaxMs;

  for (let other = 0; other < 5; other++) {
    world.cloud.expireLeases();
    const report = await drain(portsIn(world), limits, never);
    expect(report).toMatchObject({ outcome: "empty", messages: 0, retry: false });
  }
  // Until the round must have ended, in one lease and with an alarm for its end.
  const left = ROUND_ENDS_MS - limits.roundMaxMs;
  expect(new Set(world.extended)).toEqual(new Set([left / 1000]));
  expect(world.armed).toContain(`drain in ${left}`);

  goOn();
  expect(await round).toMatchObject({ outcome: "drained", messages: 1 });
  expect(letters(world)).toEqual([]);
  expect(world.cloud.names("trials/")).toEqual([]);
});

test("a marker whose answer was lost is removed", async () => {
  const world = createWorld();
  for (let round = 0; round < 10 && world.cloud.messages.size > 0; round++) {
    const ports = portsIn(world);
    let isFirst = true;
    const create: DrainPorts["store"]["create"] = async (name, ...rest) => {
      const created = await ports.store.create(name, ...rest);
      if (!name.startsWith("trials/") || !isFirst) return created;
      isFirst = false;
      throw new Error("connection reset");
    };
    await drain({ ...ports, store: { ...ports.store, create } }, limits, never);
    expect(world.cloud.names("trials/")).toEqual([]);
    world.cloud.expireLeases();
    world.now += ROUND_ENDS_MS;
  }
  expect(letters(world)).toEqual([]);
});

test("one process that cannot remove its markers is one crash at most, and none while it lives", async () => {
  const world = createWorld();
  const ports = portsIn(world);
  const store: DrainPorts["store"] = {
    ...ports.store,
    create: (name, ...rest) =>
      name.startsWith("events/") ? unavailable("no write") : ports.store.create(name, ...rest),
    remove: () => unavailable("no removal"),
  };
  const drainAgain = createDrain({ ...ports, store }, limits, never);
  for (let round = 0; round < 10; round++) {
    expect(await drainAgain()).toMatchObject({ outcome: "partial" });
    world.cloud.expireLeases();
    world.now += ROUND_ENDS_MS;
  }
  expect(world.cloud.names("trials/")).toHaveLength(10);

  expect(await drain(portsIn(world), limits, never)).toMatchObject({ outcome: "drained", messages: 1 });
  expect(letters(world)).toEqual([]);
  expect(world.cloud.names("trials/")).toEqual([]);
});

test("markers of an earlier release, without time and owner, prove nothing", async () => {
  const world = createWorld();
  for (const id of ["01A", "01B", "01C", "01D"])
    world.cloud.objects.set(`trials/queue/alone/good/${id}`, { bytes: Buffer.from(""), generation: "1" });
  expect(await drain(portsIn(world), limits, never)).toMatchObject({ outcome: "drained", messages: 1 });
  expect(letters(world)).toEqual([]);
  expect(world.cloud.names("trials/")).toEqual([]);
});

test("a process has one round at a time; the second is told to come again", async () => {
  const world = createWorld();
  const run = createDrain(portsIn(world), limits, never);
  const first = run();
  expect(await run()).toEqual({ outcome: "busy", retry: true });
  expect(await first).toMatchObject({ outcome: "drained", retry: false });
  expect(await run()).toMatchObject({ outcome: "empty" });
});
