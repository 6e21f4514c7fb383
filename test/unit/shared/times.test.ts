/** The times of rows as few ranges: a day of long ago does not make a range of all days between. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { timeCondition } from "#services/loader/merge.ts";
import { joined, type Range, TimeSpans } from "#services/shared/times.ts";

const at = (day: string, time = "12:00:00") => `${day}T${time}.000000Z`;

function rangesOf(times: readonly string[], most = 24): readonly Range[] {
  const spans = new TimeSpans();
  for (const time of times) spans.add(time);
  return spans.ranges(most);
}

test("neighbouring days are one range, from the first time to the last", () => {
  const times = [at("2026-11-20", "23:59:59"), at("2026-11-19"), at("2026-11-20", "00:00:01")];
  expect(rangesOf(times)).toEqual([[at("2026-11-19"), at("2026-11-20", "23:59:59")]]);
});

test("one odd day is a range of its own, and the statement names both and not the years between", () => {
  const ranges = rangesOf([at("2026-11-20"), at("2017-01-01"), at("2026-11-21")]);
  expect(ranges).toEqual([
    [at("2017-01-01"), at("2017-01-01")],
    [at("2026-11-20"), at("2026-11-21")],
  ]);
  expect(timeCondition("T", { ranges, untimed: false })).toBe(
    `(T.ce_time BETWEEN TIMESTAMP '${at("2017-01-01")}' AND TIMESTAMP '${at("2017-01-01")}'` +
      ` OR T.ce_time BETWEEN TIMESTAMP '${at("2026-11-20")}' AND TIMESTAMP '${at("2026-11-21")}')`,
  );
});

test("of more ranges than there may be, those with the smallest gaps are joined", () => {
  const days = ["2020-01-01", "2020-01-04", "2021-06-01", "2026-11-20", "2026-11-25"];
  expect(
    rangesOf(
      days.map((day) => at(day)),
      3,
    ),
  ).toEqual([
    [at("2020-01-01"), at("2020-01-04")],
    [at("2021-06-01"), at("2021-06-01")],
    [at("2026-11-20"), at("2026-11-25")],
  ]);
});

test("whatever the times and however few ranges, each time is in one, and they are in order", () => {
  const time = fc
    .date({ min: new Date("1970-01-01"), max: new Date("2039-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString().replace("Z", "000Z"));
  fc.assert(
    fc.property(
      fc.array(time, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 10 }),
      (times, most) => {
        const ranges = rangesOf(times, most);
        expect(ranges.length).toBeLessThanOrEqual(most);
        for (const one of times) expect(ranges.some(([from, to]) => from <= one && one <= to)).toBe(true);
        expect(ranges.flat()).toEqual(ranges.flat().toSorted());
        expect(joined(ranges, most)).toEqual(ranges);
      },
    ),
  );
});
