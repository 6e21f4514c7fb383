/** PULLHOUSE_JOB_SECONDS: what it takes, and which times a seed gives. */
import { expect, test } from "vitest";
import { createTakeTime, jobSecondsFrom } from "#infra/local/bigquery/job-seconds.ts";

const read = (value: string) =>
  jobSecondsFrom({ PULLHOUSE_JOB_SECONDS: value }, () => "fresh") ?? expect.unreachable();

/** The times that jobs of these kinds take, one after the other, in seconds. */
async function times(value: string, kinds: readonly ("LOAD" | "INSERT" | "MERGE" | "SELECT")[]) {
  const slept: number[] = [];
  const sleep = async (ms: number) => void slept.push(ms / 1000);
  const takeTime = createTakeTime(read(value), { now: () => 0, sleep });
  for (const kind of kinds) await takeTime(kind, 0, new AbortController().signal);
  return slept;
}

const MERGES = Array.from({ length: 1_000 }, () => "MERGE" as const);

test("times are spread over their range, and the same for the same seed", async () => {
  const some = await times("merge=2-8,seed=a", MERGES);
  expect(Math.min(...some)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...some)).toBeLessThanOrEqual(8);
  const quarters = [0, 1, 2, 3].map((n) => some.filter((s) => Math.floor((s - 2) / 1.5) === n).length);
  expect(Math.min(...quarters)).toBeGreaterThan(200);
  expect(await times("merge=2-8,seed=a", MERGES)).toEqual(some);
  expect(await times("merge=2-8,seed=b", MERGES)).not.toEqual(some);
});

test("jobs of another kind do not change a kind's times", async () => {
  const alone = await times("load=2-10,merge=2-8,seed=1", ["MERGE", "MERGE"]);
  const [, first, , second] = await times("load=2-10,merge=2-8,seed=1", ["LOAD", "MERGE", "LOAD", "MERGE"]);
  expect([first, second]).toEqual(alone);
});

test("one number is a time without a range, and a kind that is left out takes none", async () => {
  expect(await times(" load = 3 , insert=0.5 ", ["LOAD", "SELECT", "MERGE", "INSERT"])).toEqual([3, 0.5]);
});

test("a job that took as long already waits no more, and one that took less waits for the rest", async () => {
  const slept: number[] = [];
  const sleep = async (ms: number) => void slept.push(ms);
  const takeTime = createTakeTime(read("load=3"), { now: () => 10_000, sleep });
  for (const startedMs of [6_000, 7_000, 8_000])
    await takeTime("LOAD", startedMs, new AbortController().signal);
  expect(slept).toEqual([1_000]);
});

test("a seed that is not given is a fresh one", () => {
  expect(read("load=3").seed).toBe("fresh");
  expect(read("seed=7,load=3").seed).toBe("7");
});

test("nothing is slowed without the variable", () => {
  expect(jobSecondsFrom({}, () => "fresh")).toBeUndefined();
  expect(jobSecondsFrom({ PULLHOUSE_JOB_SECONDS: " " }, () => "fresh")).toBeUndefined();
});

test.each([
  "load",
  "load=",
  "load=2-",
  "load=-1",
  "load=8-2",
  "load=2-30000",
  "select=1",
  "load=1,load=2",
  "seed=",
  "seed=1,seed=2",
  "load=1,,",
])("%j is refused", (value) => {
  expect(() => read(value)).toThrow(
    `PULLHOUSE_JOB_SECONDS is "${value}", it takes "load=2-10,merge=2-8,seed=1"`,
  );
});
