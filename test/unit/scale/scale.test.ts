/** The plan in docs/scale.md says what the arithmetic gives with today's code, settings and measurements. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { drain } from "#services/batcher/drain.ts";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { load } from "#services/loader/load.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import { whole } from "./figures.ts";
import { MEASURED } from "./measured.ts";
import { BUCKET_WRITES, NEEDED, SHARES, scaleModel } from "./model.ts";
import { BY_RATE, BY_TYPES, byTypes, ONE_LOAD_MAX, SAYS } from "./page.ts";

/** Wherever its lines end. */
const flat = (text: string) => text.replaceAll(/^\d\. /gm, "").replaceAll(/\s+/g, " ");
const PAGE = flat(readFileSync("docs/scale.md", "utf8"));
const model = scaleModel();

test("the page says what the arithmetic gives; what is listed here it has to say now", () => {
  expect(SAYS.length).toBeGreaterThan(30);
  expect(SAYS.filter((text) => !PAGE.includes(flat(text)))).toEqual([]);
});

test("no number on the page is without arithmetic", () => {
  const addresses = /\]\([^)]*\)/g;
  const rest = SAYS.map((text) => flat(text).replaceAll(addresses, "]"))
    .toSorted((a, b) => b.length - a.length)
    .reduce((page, text) => page.replaceAll(text, "…"), PAGE.replaceAll(addresses, "]"));
  expect(rest.match(/\S* ?\S*\d\S* ?\S*/g)).toBeNull();
});

test("the page names nothing of the code that is not there", () => {
  const folder = "infra/gcp";
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const code = [
    ...files.map((name) => `${folder}/${name}`),
    "services/loader/config.ts",
    "services/shared/gcp/tasks.ts",
  ];
  const text = code.map((file) => readFileSync(file, "utf8")).join("\n");
  const names = [...PAGE.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
  expect(names).toContain("TWO_AT_MOST");
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});

test("the bill and the plan count a second load from the same rate on", () => {
  expect(
    {
      batcherCpuSeconds: ASSUMPTIONS.batcherCpuSeconds.value,
      receiverCpuSeconds: ASSUMPTIONS.receiverCpuSeconds.value,
    },
    "services/cli/cost/assumptions.ts against docs/performance.md; docs/cost.md follows",
  ).toEqual({ batcherCpuSeconds: MEASURED.batcher, receiverCpuSeconds: MEASURED.receiver });
  const [, million] = /from (\S+) million a day on/.exec(flat(readFileSync("docs/cost.md", "utf8"))) ?? [];
  expect(million, "docs/cost.md").toBe(whole((ONE_LOAD_MAX * 86_400) / 1e6));
});

test("of one type nothing binds at 1,000 events per second, with a margin of ten", () => {
  for (const rate of [1_000, 10_000])
    expect(SHARES.filter((name) => model.sharesOf({ rate, types: 1 })[name] > 1)).toEqual([]);
});

test("more events meet the batcher first, more types the loader's time", () => {
  const says = "docs/scale.md says so in its prose";
  expect(BY_RATE[0], says).toBe("batcher");
  expect(BY_TYPES[0], says).toBe("loader, time");
});

test("were a load a third as long as is guessed, the load jobs would be met first", () => {
  const turns = Math.floor(model.windowS / (ASSUMPTIONS.loaderSeconds.value / 3));
  expect(turns * model.workers).toBeGreaterThan(byTypes("load jobs", 1_000) ?? Number.NaN);
});

test("no share falls as events or types become more", () => {
  const steps = [1, 3, 10, 34, 100, 1_000, 1_226, 10_000, 100_000, 1_000_000];
  for (const name of SHARES) {
    const byRate = steps.map((rate) => model.sharesOf({ rate, types: 5 })[name]);
    expect(byRate, name).toEqual(byRate.toSorted((a, b) => a - b));
    const byTypes = steps.map((types) => model.sharesOf({ rate: 2_000, types })[name]);
    expect(byTypes, name).toEqual(byTypes.toSorted((a, b) => a - b));
  }
});

test("the code writes to the bucket, and into the warehouse, as often as is counted", async () => {
  const env = { ...NEEDED, BATCH_WORKERS: "1", BATCH_MAX_MESSAGES: "2" };
  const never = new AbortController().signal;
  const cloud = new MemoryCloud();
  const types = [PULL_TYPE, "dev.chainguard.registry.push.v1"];
  for (let n = 0; n < 6; n++) cloud.messages.set(`${n}`, pullMessage(`${n}`, { type: types[n % 2] ?? "" }));
  const { objects } = await drain(startInstance(cloud), readBatcherConfig(env).limits, never);
  const { plans } = await load(startInstance(cloud), readLoaderConfig(env).limits, never);

  // A batch of two has one of each type.
  expect([objects.length, plans.length]).toEqual([6, 2]);
  const done = (action: RegExp) => cloud.actions.filter((text) => action.test(text)).length;
  expect(done(/^(create|remove) /)).toBe(
    BUCKET_WRITES.object * objects.length + BUCKET_WRITES.plan * plans.length,
  );
  expect([done(/^load$/), done(/^merge$/), done(/^book$/)]).toEqual([2, 2, 2]);
});
