/** Which types have their turn in a round that has time for few. */
import { expect, test } from "vitest";
import { createBatch } from "#services/batcher/batch.ts";
import { pack, write } from "#services/batcher/write.ts";
import { type LoadLimits, load } from "#services/loader/load.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { pullMessage } from "#test/support/pull-message.ts";

const TYPES = 10;
const never = new AbortController().signal;
/** Each look at the clock takes a millisecond: there is time for a type or two. */
const limits: LoadLimits = {
  workers: 1,
  objectsMax: 100,
  bytesMax: 1e9,
  roundMaxMs: 4,
  windowMs: 60_000,
  jobPatienceMs: 1e6,
  inline: false,
};

test.each([60_000, 60_001, 61_803])(
  "every %i ms, types that a round had no time for have their turn in a later one, though others come again",
  async (everyMs) => {
    const cloud = new MemoryCloud();
    const { newId, ...ports } = startInstance(cloud);
    const types = [...ports.registry.tables.keys()].slice(0, TYPES);
    const arrive = async (type: string) => {
      const batch = createBatch(ports.registry);
      batch.add("", pullMessage(newId(), { type, data: "{}" }));
      for (const group of batch.groups.values()) await write(await pack(group, newId(), 0), ports.store);
    };
    const loaded = new Set<string>();
    const begin = Date.parse("2026-11-20T12:00:00Z");
    for (let round = 0; round < 10 * TYPES && loaded.size < TYPES; round += 1) {
      for (const type of types) await arrive(type);
      let now = begin + round * everyMs;
      const clock = { ...ports.clock, now: () => now++ };
      const { plans } = await load({ ...ports, newId, clock }, limits, never);
      expect(plans.length).toBeLessThan(TYPES);
      for (const { type } of plans) loaded.add(type);
    }
    expect(loaded).toEqual(new Set(types));
  },
);
