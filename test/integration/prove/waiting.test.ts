/** `pullhouse prove` while accepted events wait: it says so, and never that nothing is wrong. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const never = new AbortController().signal;
const SUBSCRIPTION = "subscription pullhouse-events-batcher";
let cloud: StandInCloud;

beforeEach(async () => {
  cloud = await startStandInCloud();
  await cloud.ports.warehouse.ensureTable(cloud.ports.registry.loads);
});
afterEach(() => cloud.close());

interface Waiting {
  readonly place: string;
  readonly count: number | null;
  readonly oldestSeconds: number | null;
  readonly late: boolean;
  readonly unknown?: string;
}

async function waiting(
  ...args: string[]
): Promise<{ status: number | null; balanced: boolean; waiting: Waiting[] }> {
  const { status, out, error } = await pullhouse(["prove", "--since", "2h", "--json", ...args], cloud.env);
  expect(error).toBe("");
  return { status, ...(JSON.parse(out) as { balanced: boolean; waiting: Waiting[] }) };
}

const text = async (...args: string[]) =>
  (await pullhouse(["prove", "--since", "2h", ...args], cloud.env)).out;

test("events in the queue that nothing has drained are counted, and late ones make it 1", async () => {
  for (let index = 0; index < 200; index++) await cloud.publish(pullMessage(`event-${index}`));

  const soon = await waiting();
  expect(soon).toMatchObject({ status: 0, balanced: true });
  expect(soon.waiting[0]).toEqual({
    place: SUBSCRIPTION,
    count: 200,
    oldestSeconds: expect.any(Number),
    late: false,
  });
  expect(await text()).toMatch(
    /\nNothing was drained\. Something waits in subscription pullhouse-events-batcher\.\n$/,
  );

  // Whole seconds are all that the queue tells.
  await expect.poll(async () => (await waiting()).waiting[0]?.oldestSeconds).toBeGreaterThan(0);
  const late = await waiting("--late-after", "0.5");
  expect(late).toMatchObject({ status: 1, balanced: true });
  expect(late.waiting[0]).toMatchObject({ place: SUBSCRIPTION, count: 200, late: true });
  const said = await text("--late-after", "0.5");
  expect(said).toMatch(
    /\nwaiting: subscription pullhouse-events-batcher: 200, the oldest for \S+ s, which is late\n/,
  );
  expect(said).toMatch(/Nothing was drained\. What waits in subscription \S+ is older than 500 ms /);
});

test("spilled events, marks, dead letters and what is in quarantine wait, each with its number", async () => {
  const put = (name: string) => cloud.bucket.file(name).save("{}", { resumable: false });
  await cloud.publish(pullMessage("a"));
  await drain(cloud.ports, drainLimits, never);
  await put("spill/01.json");
  await put("spill/02.json");
  await put("dead-letters/1.json");
  await put("quarantine/t/01.ndjson.gz");
  await put("quarantine/t/01.reason.json");
  const { waiting: all } = await waiting("--late-after", "0.001");
  expect(all.map(({ place, count, late }) => [place, count, late])).toEqual([
    [SUBSCRIPTION, 0, false],
    ["spill/", 2, true],
    ["pending/", 1, true],
    ["subscription pullhouse-events-dead-letters", 0, false],
    ["dead-letters/", 1, true],
    ["quarantine/", 1, true],
  ]);
});

test("where nothing waits it says so", async () => {
  await cloud.publish(pullMessage("a"));
  await drain(cloud.ports, drainLimits, never);
  await load(cloud.ports, loadLimits, never);
  expect(await text()).toMatch(/every one of 1 message is accounted for\. Nothing waits\.\n$/);
});

test("a queue that cannot be asked is not known, which is no fault and not nothing", async () => {
  const env = { ...cloud.env, PUBSUB_EMULATOR_HOST: "127.0.0.1:1" };
  const { status, out } = await pullhouse(["prove", "--since", "2h"], env);
  expect(out).toMatch(/\nwaiting: subscription pullhouse-events-batcher: not known: /);
  expect(out).toMatch(/Nothing was drained\. Nothing waits, as far as it is known \(not of subscription /);
  expect(status).toBe(0);
});
