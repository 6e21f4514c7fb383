/** A crash after every single step of batcher and loader, and after every pair of steps: each event once. */
import "./without-compression.ts";
import { expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import * as round from "#test/support/round-limits.ts";

const never = new AbortController().signal;
const drainLimits = { ...round.drainLimits, batchMaxMessages: 5 };

function scenario(): MemoryCloud {
  const cloud = new MemoryCloud();
  for (let number = 0; number < 10; number++) {
    const type = number % 3 === 0 ? "com.example.other" : PULL_TYPE;
    cloud.messages.set(`m${number}`, pullMessage(`id${number}`, { type }));
  }
  cloud.messages.set("twice", pullMessage("id1"));
  cloud.messages.set("misfit", pullMessage("misfit", { data: `{"body":5}` }));
  return cloud;
}

/** Runs to the end, with a fresh instance after each crash point; the answer is how many steps it took. */
async function run(cloud: MemoryCloud, inline: boolean, crashes: readonly number[]): Promise<number> {
  const loadLimits = { ...round.loadLimits, inline };
  const fuses = [...crashes, Number.POSITIVE_INFINITY];
  let fuse = fuses.shift() as number;
  for (let turn = 0; turn < 50; turn++) {
    for (const work of [drain, load] as const) {
      const instance = startInstance(cloud, { crashAfter: fuse });
      const ended =
        work === drain
          ? await Promise.race([drain(instance, drainLimits, never), instance.crashed])
          : await Promise.race([load(instance, loadLimits, never), instance.crashed]);
      if (ended === "crashed") {
        cloud.expireLeases();
        fuse = fuses.shift() as number;
      }
    }
    if (
      cloud.messages.size === 0 &&
      cloud.names("pending/").length === 0 &&
      cloud.names("plans/").length === 0
    ) {
      return cloud.steps;
    }
  }
  throw new Error("not done after 50 rounds");
}

function expectBooksToBalance(cloud: MemoryCloud, crashes: readonly number[]): void {
  const ids = (table: string) => (cloud.tables.get(table) ?? []).map(({ ce_id: id }) => id).toSorted();
  const where = `crashes after steps ${crashes.join(" and ")}`;
  expect(ids("dev_chainguard_registry_pull_v1"), where).toEqual(["id1", "id2", "id4", "id5", "id7", "id8"]);
  expect(ids("unregistered_events"), where).toEqual(["id0", "id3", "id6", "id9"]);
  expect(ids("rejected_events"), where).toEqual(["misfit"]);
  expectLoadsToBeBooked(cloud, where);
  const staging = [...cloud.tables.keys()].filter((name) => name.startsWith("staging_"));
  // A crash between merge and clean-up may leave a staging table, which expires: empty or not, never more than one each.
  expect(staging.length, where).toBeLessThanOrEqual(crashes.length);
}

/** Every load once, with what its jobs did, whoever booked it; every object that was marked in exactly one. */
function expectLoadsToBeBooked(cloud: MemoryCloud, where: string): void {
  const plans = cloud.loads.map(({ plan }) => plan);
  expect(new Set(plans).size, where).toBe(plans.length);
  for (const table of ["dev_chainguard_registry_pull_v1", "unregistered_events", "rejected_events"]) {
    const inserted = cloud.loads
      .filter(({ type }) => tableNameOf(type) === table)
      .reduce((sum, load) => sum + load.rows_inserted, 0);
    expect(inserted, where).toBe(cloud.tables.get(table)?.length);
  }
  for (const load of cloud.loads) {
    const rows = load.objects.reduce((sum, object) => sum + object.rows, 0);
    expect([load.rows_staged, load.rows_inserted + load.duplicates], where).toEqual([rows, rows]);
  }
  const booked = cloud.loads.flatMap(({ objects }) => objects.map(({ object }) => object));
  expect(new Set(booked).size, where).toBe(booked.length);
}

const WAYS = [
  { way: "a load job", inline: false },
  { way: "the MERGE's parameter", inline: true },
];
test.each(WAYS)(
  "by $way: after every single step and every pair of steps the books balance",
  { timeout: 300_000 },
  async ({ inline }) => {
    const whole = scenario();
    const steps = await run(whole, inline, []);
    expect(new Set(whole.loads.map(({ load_jobs: jobs }) => jobs.length))).toEqual(new Set([inline ? 0 : 1]));
    expect(steps).toBeGreaterThan(30);
    let points = 0;
    for (let first = 1; first <= steps; first++) {
      const cloud = scenario();
      const total = await run(cloud, inline, [first]);
      expectBooksToBalance(cloud, [first]);
      points += 1;
      for (let second = first + 1; second <= total; second++) {
        const again = scenario();
        await run(again, inline, [first, second]);
        expectBooksToBalance(again, [first, second]);
        points += 1;
      }
    }
    process.stdout.write(`crash points: ${points} over ${steps} steps\n`);
    expect(points).toBeGreaterThan(500);
  },
);
