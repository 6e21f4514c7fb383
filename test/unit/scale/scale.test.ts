/** The plan in docs/operate/scale.md says what the arithmetic gives with today's code, settings and measurements. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { drain } from "#services/batcher/drain.ts";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { load } from "#services/loader/load.ts";
import { loadsPerDrain } from "#services/shared/window.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import { flat, whole } from "./figures.ts";
import { MEASURED } from "./measured.ts";
import { BUCKET_WRITES, NEEDED, SHARES, scaleModel } from "./model.ts";
import { BY_RATE, ONE_LOAD_MAX, SAYS } from "./page.ts";

const PAGE = flat(readFileSync("docs/operate/scale.md", "utf8"));
const model = scaleModel();

test("the page says what the arithmetic gives; what is listed here it has to say now", () => {
  expect(SAYS.length).toBeGreaterThan(30);
  expect(
    SAYS.filter((text) => !PAGE.includes(flat(text))),
    "node test/unit/scale/print.ts prints all that docs/operate/scale.md has to say, and marks what it does not",
  ).toEqual([]);
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

test("the bill and the plan count a second load of a drain from the same rate on", () => {
  expect(
    {
      batcherCpuSeconds: ASSUMPTIONS.batcherCpuSeconds.value,
      receiverCpuSeconds: ASSUMPTIONS.receiverCpuSeconds.value,
    },
    "services/cli/cost/assumptions.ts against docs/internals/performance.md; docs/operate/cost.md follows",
  ).toEqual({ batcherCpuSeconds: MEASURED.batcher, receiverCpuSeconds: MEASURED.receiver });
  const loadsAt = (rate: number) =>
    loadsPerDrain(
      1000 * model.amountsOf({ rate, types: 1 }).stepS * rate * MEASURED.batcher,
      1000 * model.windowS,
    );
  expect([Math.floor(ONE_LOAD_MAX), Math.ceil(ONE_LOAD_MAX)].map(loadsAt)).toEqual([1, 2]);
  const [, million] =
    /from (\S+) million a day on/.exec(flat(readFileSync("docs/operate/cost.md", "utf8"))) ?? [];
  expect(million, "docs/operate/cost.md").toBe(whole((ONE_LOAD_MAX * 86_400) / 1e6));
});

test("of one type nothing binds at 1,000 events per second, with a margin of ten", () => {
  for (const rate of [1_000, 10_000])
    expect(SHARES.filter((name) => model.sharesOf({ rate, types: 1 })[name] > 1)).toEqual([]);
});

test("more events meet the batcher first", () => {
  expect(BY_RATE[0], "docs/operate/scale.md says so in its prose").toBe("batcher");
});

test("a plan needs a load job above the size of a parameter, and then takes longer", () => {
  const at = (rate: number, types = 1) => model.amountsOf({ rate, types });
  expect([at(1_000).isStaged, at(2_000).isStaged, at(2_000, 2).isStaged]).toEqual([false, true, false]);
  expect(at(2_000).planEveryS).toBeGreaterThan(at(1_000).planEveryS);
  expect(model.sharesOf({ rate: 1_000, types: 1 })["load jobs"]).toBe(0);
});

test("a drain that writes for long has more plans, and the step between drains follows from the rate", () => {
  const at = (rate: number) => model.amountsOf({ rate, types: 100 });
  expect([at(0.1), at(1), at(1_000)].map(({ stepS }) => stepS)).toEqual([40, 20, 10]);
  expect(at(10_000).planEveryS).toBeLessThan(at(1_000).planEveryS);
});

test("no share falls as events or types become more, while rows go by parameter", () => {
  const steps = [1, 3, 10, 34, 100, 1_000, 2_942, 10_000];
  for (const name of SHARES) {
    const byRate = steps.map((rate) => model.sharesOf({ rate, types: 100 })[name]);
    expect(byRate, name).toEqual(byRate.toSorted((a, b) => a - b));
    // More types have fewer rows each, and only one or two have calls of their own.
    if (name === "one type's plans") continue;
    const byTypes = steps.filter((n) => n > 2).map((types) => model.sharesOf({ rate: 1_000, types })[name]);
    expect(byTypes, name).toEqual(byTypes.toSorted((a, b) => a - b));
  }
});

test.each([
  ["on", 0],
  ["off", 1],
])(
  "the code writes to the bucket, and into the warehouse, as often as is counted: LOAD_INLINE %s",
  async (inline, loadJobs) => {
    const env = { ...NEEDED, BATCH_WORKERS: "1", BATCH_MAX_MESSAGES: "2", LOAD_INLINE: inline };
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
    expect([done(/^load$/), done(/^merge$/), done(/^book$/)]).toEqual([2 * loadJobs, 2, 2]);
  },
);
