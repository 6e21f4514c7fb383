/** The figures of the receiver's benches: each can be told from the others, and is of the rounds that it says. */
import { expect, test } from "vitest";
import { withIds } from "#test/bench/figure-ids.ts";
import { type Overloaded, overloadFigures } from "#test/bench/receiver/overload-figures.ts";
import type { Sample } from "#test/bench/receiver/processes.ts";
import { type Measured, receiverFigures } from "#test/bench/receiver/receiver-figures.ts";

const MIB = 2 ** 20;

const sample = (rss = MIB): Sample => ({
  rate: 100,
  cpu: 10,
  p50: 1,
  p99: 2,
  rss,
  statuses: { "202": 90, "503": 10 },
});

const rounds = [sample(300 * MIB), sample(500 * MIB), sample(360 * MIB)];
const overloaded: Overloaded = {
  peak: rounds,
  room: rounds,
  overload: rounds,
  barePeak: rounds,
  bareOverload: rounds,
};

const measured: Measured = {
  bare: rounds,
  barePublish: rounds,
  hono: rounds,
  publish: rounds,
  verifyRS256: rounds,
  verifyES256: rounds,
  receiverRS256: rounds,
  receiverES256: rounds,
  clientRS256: rounds,
  clientES256: rounds,
};

const rates = { RS256: 40_000, ES256: 10_000 };

test.each([
  ["overload", overloadFigures(overloaded)],
  ["receiver", receiverFigures(measured, { outcome: "measured", rates })],
])(
  "%s: no figure has the name of another, none is indented, and every baseline says what it is",
  (_, figures) => {
    const ids = withIds(figures).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(5);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => /-\d$/.test(id))).toEqual([]);
    for (const { what, baseline } of figures) {
      expect(what).toBe(what.trim());
      expect(baseline.what).not.toContain("the same");
    }
  },
);

test("memory is that after the last round beside that after the first, whatever it was between", () => {
  const memory = overloadFigures(overloaded).find(({ unit }) => unit === "MiB");
  expect(memory).toMatchObject({
    what: "memory after the last round",
    value: 360,
    baseline: { what: "after the first", value: 300 },
    ratio: 1.2,
  });
});

test("refused is the share of all answers", () => {
  const refused = overloadFigures(overloaded).find(({ unit }) => unit === "%");
  expect(refused).toMatchObject({ value: 10, samples: [10, 10, 10], ratio: 0.1 });
});

test("without OpenSSL's own speed the other figures are shown all the same", () => {
  const without = receiverFigures(measured, { outcome: "not shown", why: "there is none" });
  const all = receiverFigures(measured, { outcome: "measured", rates });
  expect(without).toEqual(all.filter(({ baseline }) => baseline.what !== "openssl speed"));
  expect(all.length - without.length).toBe(4);
});
