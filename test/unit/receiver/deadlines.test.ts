/** Waits with one timer, on a clock that only the test moves. */
import { expect, test } from "vitest";
import { Deadlines, LATE } from "#services/receiver/deadlines.ts";
import type { Clock } from "#services/shared/clock.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function manual() {
  let now = 1_000_000;
  const timers: { at: number; ring: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((ring) => timers.push({ at: now + ms, ring })),
  };
  return {
    clock,
    timers,
    advance: async (ms: number) => {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.ring();
      }
      await turn();
    },
    setBack: (ms: number) => {
      now -= ms;
    },
  };
}

test("what comes in time is passed on, a failure as well, and what does not is late", async () => {
  const { clock, advance } = manual();
  const deadlines = new Deadlines(1_000, clock);
  const slow = Promise.withResolvers<string>();
  const failing = Promise.withResolvers<string>();
  const never = deadlines.within(new Promise<string>(() => {}));
  const outcomes = [deadlines.within(slow.promise), deadlines.within(failing.promise)];
  await advance(999);
  slow.resolve("yes");
  failing.reject(new Error("no"));
  expect(await Promise.allSettled(outcomes)).toEqual([
    { status: "fulfilled", value: "yes" },
    { status: "rejected", reason: new Error("no") },
  ]);
  expect(deadlines.size).toBe(1);
  await advance(1);
  expect(await never).toBe(LATE);
  expect(deadlines.size).toBe(0);
});

test("a failure after its time is of no interest", async () => {
  const { clock, advance } = manual();
  const deadlines = new Deadlines(1_000, clock);
  const work = Promise.withResolvers<string>();
  const outcome = deadlines.within(work.promise);
  await advance(1_000);
  expect(await outcome).toBe(LATE);
  work.reject(new Error("nobody waits"));
  await turn();
});

test("however many wait, there is one timer, and each ends at its own time", async () => {
  const { clock, timers, advance } = manual();
  const deadlines = new Deadlines(1_000, clock);
  const ended: number[] = [];
  for (let index = 0; index < 5; index++) {
    deadlines.begin((isLate) => ended.push(isLate ? index : -1));
    await advance(100);
  }
  expect(timers).toHaveLength(1);
  deadlines.endFirst();
  expect(ended).toEqual([-1]);
  await advance(500);
  expect(ended).toEqual([-1]);
  for (const index of [1, 2, 3, 4]) {
    expect(timers).toHaveLength(1);
    await advance(100);
    expect(ended.at(-1)).toBe(index);
  }
  expect(timers).toHaveLength(0);
  expect(deadlines.endFirst()).toBe(false);
});

test("nobody waits longer because the clock was set back", async () => {
  const { clock, timers, advance, setBack } = manual();
  const deadlines = new Deadlines(1_000, clock);
  const first = deadlines.begin(() => {});
  await advance(500);
  deadlines.begin(() => {});
  deadlines.end(first);
  setBack(3_600_000);
  timers.shift()?.ring();
  await turn();
  expect(timers.map(({ at }) => at - clock.now())).toEqual([1_000]);
});

test("a timer that rings much too late is followed by one that rings at once", async () => {
  const { clock, timers, advance } = manual();
  const deadlines = new Deadlines(1_000, clock);
  const ended: string[] = [];
  deadlines.begin(() => ended.push("first"));
  await advance(500);
  deadlines.begin(() => ended.push("second"));
  await advance(5_000);
  expect(ended).toEqual(["first"]);
  expect(timers.map(({ at }) => at - clock.now())).toEqual([0]);
  await advance(0);
  expect(ended).toEqual(["first", "second"]);
});
