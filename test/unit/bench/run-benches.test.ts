/** A run of several benches: its reports, for people and for programs, and what becomes of one that fails. */
import { expect, test } from "vitest";
import { type Bench, figure, group } from "#test/bench/measure.ts";
import { reportDocument } from "#test/bench/report-document.ts";
import { type Failed, type Measured, runBenches } from "#test/bench/run-benches.ts";
import { reportText } from "#test/bench/table.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const running = new AbortController().signal;

const good: Bench = async ({ quick, progress }) => {
  progress("warm-up: ours");
  const bare = { what: "bare", samples: [2, 4] };
  return {
    title: "Good",
    figures: group(
      figure("1/s", { what: "ours", samples: [1, 4] }, bare, { atLeast: 0.9 }),
      figure("ms", { what: "p50", samples: [2, 4] }, bare),
    ),
    notes: [quick ? "a quick run" : "a whole run"],
  };
};

const bad: Bench = async () => {
  throw new Error("not all events are rows", { cause: new Error("no DuckDB") });
};

async function run(benches: Readonly<Record<string, Bench>>, signal = running) {
  const outcomes: (Measured | Failed)[] = [];
  const said: string[] = [];
  const options = {
    quick: true,
    say: (text: string) => said.push(text),
    now: () => NOW,
    loadAverage: () => [0.5, 1, 2],
    signal,
  };
  for await (const outcome of runBenches(new Map(Object.entries(benches)), options)) outcomes.push(outcome);
  return { outcomes, said };
}

test("a bench that fails has its error in the place of its report, and the others run", async () => {
  const { outcomes, said } = await run({ first: good, second: bad, third: good });
  expect(outcomes.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    "first measured",
    "second failed",
    "third measured",
  ]);
  const [before, failed, after] = outcomes.map(reportText);
  expect(failed).toBe("second failed: not all events are rows: no DuckDB\n");
  expect(after).toBe(before);
  // The stack is for who sits there.
  expect(said).toContainEqual(expect.stringMatching(/^second: Error: not all events are rows\n {4}at /));
});

test("an error that came while a bench cleared up does not hide the one before it", async () => {
  const both: Bench = async () => {
    throw new SuppressedError(new Error("the folder is in use"), new Error("no DuckDB"));
  };
  const { outcomes } = await run({ both });
  expect(outcomes).toMatchObject([{ error: "no DuckDB; then, clearing up: the folder is in use" }]);
});

test("what fails after an interruption is not reported, and no other bench begins", async () => {
  const interruption = new AbortController();
  const interrupted: Bench = async () => {
    // As it goes with Ctrl-C: the processes of a bench end first, and then we hear of it.
    setImmediate(() => interruption.abort());
    throw new Error("a process ended with SIGINT");
  };
  const { outcomes, said } = await run({ good, interrupted, next: good }, interruption.signal);
  expect(outcomes.map(({ name }) => name)).toEqual(["good"]);
  expect(said).toEqual(["good: warm-up: ours"]);
});

test("the JSON says when, where and how busy it was, and has each round of each figure", async () => {
  const { outcomes } = await run({ good, bad });
  const machine = { node: "v24.0.0", processors: 2, model: "a processor" };
  const begun = { startedAt: "2026-01-02T03:04:05.000Z", loadAverage: [0.5, 1, 2] };
  const baseline = { what: "bare", value: 3, samples: [2, 4] };
  expect(JSON.parse(reportDocument({ date: NOW, quick: true, machine }, outcomes))).toEqual({
    date: "2026-01-02T03:04:05.000Z",
    quick: true,
    machine,
    benches: [
      {
        outcome: "measured",
        name: "good",
        ...begun,
        title: "Good",
        notes: ["a quick run"],
        figures: [
          {
            id: "ours",
            what: "ours",
            unit: "1/s",
            value: 2.5,
            samples: [1, 4],
            baseline,
            ratio: 0.75,
            goal: { atLeast: 0.9 },
          },
          {
            id: "ours/p50",
            group: "ours",
            what: "p50",
            unit: "ms",
            value: 3,
            samples: [2, 4],
            baseline,
            ratio: 1,
          },
        ],
      },
      { outcome: "failed", name: "bad", ...begun, error: "not all events are rows: no DuckDB" },
    ],
  });
});

test("the table indents what belongs to the figure above, and says which goal was missed", async () => {
  const { outcomes } = await run({ good });
  const lines = outcomes.map(reportText).join("").split("\n");
  expect(lines[0]).toBe("Good");
  expect(lines).toContainEqual(
    expect.stringMatching(/^│ ours .* 2\.5 1\/s │ bare .* 0\.75 │ ≥ 0\.9 {2}missed │$/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^│ {3}p50 .* 3 ms │ bare .* 1\.00 │ +│$/));
  expect(lines.at(-2)).toBe("  a quick run");
});
