/** The plan in docs/scale.md says what the arithmetic gives with today's settings. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { demandOf, publishedMegabytes } from "./model.ts";

const PAGE = readFileSync("docs/scale.md", "utf8");
const RATES = [100, 1_000, 10_000, 100_000] as const;

/** Two digits, as the page has them. */
function percent(share: number): string {
  return `${(share * 100).toLocaleString("en-US", { maximumSignificantDigits: 2 })} %`;
}

const binding = (rate: number) => demandOf(rate).filter(({ share }) => share > 1);

test("the page has the share of every limit at every rate", () => {
  const names = demandOf(1).map(({ what }) => what);
  expect(names).toHaveLength(5);
  for (const name of names) {
    const shares = RATES.map((rate) => percent(demandOf(rate).find(({ what }) => what === name)?.share ?? 0));
    expect(PAGE).toContain(`| ${name} | ${shares.join(" | ")} |`);
  }
  expect(PAGE).toContain(
    `| MB/s into Pub/Sub | ${RATES.map((rate) => publishedMegabytes(rate).toLocaleString("en-US", { maximumSignificantDigits: 2 })).join(" | ")} |`,
  );
});

test("nothing binds at 1,000 events per second, with a margin of ten", () => {
  expect(binding(1_000)).toEqual([]);
  expect(binding(10_000)).toEqual([]);
});

test("at 100,000 the batcher binds first, then the receivers, and nothing of Google's", () => {
  const shares = binding(100_000).toSorted((a, b) => b.share - a.share);
  expect(shares.map(({ what }) => what)).toEqual(["batcher", "receivers"]);
});

test("no share falls as the rate grows", () => {
  for (const [index, { what }] of demandOf(1).entries()) {
    const shares = [1, ...RATES, 1_000_000].map((rate) => demandOf(rate)[index]?.share ?? Number.NaN);
    expect(shares, what).toEqual(shares.toSorted((a, b) => a - b));
  }
});
