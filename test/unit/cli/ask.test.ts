/** What a user gives for a question, and an answer as a chart in the terminal. */
import { expect, test } from "vitest";
import { drawChart } from "#services/cli/ask/chart.ts";
import { pointsOf } from "#services/cli/ask/points.ts";
import type { QuestionParameter, ReadyQuestion } from "#services/cli/ask/questions.ts";
import { parameterValues } from "#services/cli/ask/values.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

function question(...parameters: readonly Omit<QuestionParameter, "text">[]): ReadyQuestion {
  return {
    name: "q",
    title: "",
    answers: "",
    parameters: parameters.map((each) => ({ ...each, text: "what it is" })),
    sql: "",
  };
}

const since = (text: string) =>
  parameterValues(question({ name: "since", type: "TIMESTAMP" }), { since: text }, NOW)["since"]?.value;

test.each([
  ["now", "2026-11-20T12:00:00.000Z"],
  ["12h", "2026-11-20T00:00:00.000Z"],
  ["today", "2026-11-20T00:00:00.000Z"],
  ["7d", "2026-11-13T00:00:00.000Z"],
  ["2w", "2026-11-06T00:00:00.000Z"],
  ["2026-11-01", "2026-11-01T00:00:00.000Z"],
  ["2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00.000Z"],
])("the time %s is %s", (text, value) => {
  expect(since(text)).toBe(value);
});

test.each(["", "7", "7y", "yesterday", "2026-13-01", "2026-02-30", "1.5d", "-7d", "20261101"])(
  "the time %j is refused with what it takes",
  (text) => {
    expect(() => since(text)).toThrow("--since: it takes 12h, 7d, 4w, now, today, a day (2026-11-20)");
  },
);

test("a number is a whole one from 1", () => {
  const limit = (text: string) =>
    parameterValues(question({ name: "limit", type: "INT64" }), { limit: text }, NOW);
  expect(limit("20")).toEqual({ limit: { type: "INT64", value: "20" } });
  for (const text of ["0", "-1", "1.5", "many", "", "10000000000"])
    expect(() => limit(text)).toThrow("--limit:");
});

test("a missing value takes its default; without one, it is asked for", () => {
  const tag = { name: "tag", type: "STRING", fallback: "latest" } as const;
  expect(parameterValues(question(tag), {}, NOW)).toEqual({ tag: { type: "STRING", value: "latest" } });
  expect(() => parameterValues(question({ name: "image", type: "STRING" }), {}, NOW)).toThrow(
    "--image: it is needed: what it is",
  );
});

const BARS = { kind: "bars", value: "n", by: "who" } as const;

test("bars compare: the longest is full, the others are as long as their share", () => {
  const rows = [
    { who: "a", n: 5 },
    { who: "bcd", n: 1000 },
    { who: null, n: 250 },
  ];
  expect(drawChart(BARS, rows)).toBe(
    [
      "n by who",
      "",
      `bcd     1,000  ${"█".repeat(40)}`,
      `(none)    250  ${"█".repeat(10)}`,
      "a           5  ▎",
      "",
    ].join("\n"),
  );
});

const TIMES = [
  { name: "since", type: "TIMESTAMP", text: "" },
  { name: "until", type: "TIMESTAMP", text: "" },
] as const;
const times = (from: string, to: string) => {
  const asked = { name: "q", title: "", answers: "", sql: "", parameters: TIMES };
  const { since: first, until: last } = parameterValues(asked, { since: from, until: to }, NOW);
  return [first?.value, last?.value];
};

test("until a day is to its end, until a time is to the time", () => {
  expect(times("2026-11-30", "2026-11-30")).toEqual(["2026-11-30T00:00:00.000Z", "2026-12-01T00:00:00.000Z"]);
  expect(times("2026-11-29", "2026-11-30T00:00:00Z")[1]).toBe("2026-11-30T00:00:00.000Z");
});

test.each([
  ["2026-11-30", "2026-11-29"],
  ["now", "7d"],
  ["2026-11-30T10:00:00Z", "2026-11-30T10:00:00Z"],
])("from %s until %s is refused", (from, to) => {
  expect(() => times(from, to)).toThrow(/--since: .* is not before --until, /);
});

test("an amount of a label that several rows have is drawn once, steps keep their order", () => {
  const rows = [
    { who: "b", n: 3 },
    { who: "a", n: 2 },
    { who: "b", n: 3 },
  ];
  expect(pointsOf(BARS, rows)).toEqual([
    { label: "b", amount: 3 },
    { label: "a", amount: 2 },
  ]);
  expect(pointsOf({ ...BARS, kind: "columns" }, [...rows].reverse().slice(1))).toEqual([
    { label: "a", amount: 2 },
    { label: "b", amount: 3 },
  ]);
});

test("a repository of two registries is two bars", () => {
  const rows = [
    { registry: "cgr.dev", repository: "acme/nginx", n: 5 },
    { registry: "cgr.dev", repository: "acme/redis", n: 4 },
    { registry: "harbor.example.com", repository: "acme/nginx", n: 3 },
  ];
  expect(pointsOf({ ...BARS, by: "repository" }, rows)).toEqual([
    { label: "cgr.dev/acme/nginx", amount: 5 },
    { label: "acme/redis", amount: 4 },
    { label: "harbor.example.com/acme/nginx", amount: 3 },
  ]);
});

test("a chart of nothing says so, and one of zeros draws none", () => {
  expect(drawChart(BARS, [])).toBe("nothing to draw: no rows\n");
  expect(drawChart(BARS, [{ who: "a", n: 0 }])).toBe("n by who\n\na  0\n");
});

test("long labels lose their middle, control characters are shown as codes", () => {
  const chart = drawChart(BARS, [{ who: `${"x".repeat(30)}\u001b[31m${"y".repeat(30)}`, n: 1 }]);
  expect(chart).not.toContain("\u001b");
  expect(chart).toMatch(/\nx{18}…y{17} {2}1 {2}█/);
});
