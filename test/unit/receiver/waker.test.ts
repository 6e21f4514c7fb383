/** The alarm behind an answer, on an instance that Cloud Run gives no CPU between two requests. */
import { expect, test } from "vitest";
import { Waker } from "#services/receiver/waker.ts";
import type { AlarmName } from "#services/shared/ports.ts";
import { fireTime } from "#services/shared/window.ts";
import { type ManualClock, manualClock } from "#test/support/manual-clock.ts";

const WINDOW_MS = 60_000;

function wakerOn(clock: ManualClock, how: "fails" | "hangs" = "fails") {
  const asked: number[] = [];
  const alarms: string[] = [];
  let isAway = true;
  const alarm = {
    arm: async (name: AlarmName, delayMs = 0) => {
      asked.push(clock.now());
      alarms.push(`${name} at ${fireTime(name, clock.now() + delayMs, WINDOW_MS)}`);
      if (how === "hangs") await new Promise(() => {});
      if (isAway) throw new Error("NOT_FOUND: Requested entity was not found.");
    },
  };
  const nothing = () => {};
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const waker = new Waker({ alarm, clock, log, windowMs: WINDOW_MS });
  return { waker, asked, alarms, back: () => void (isAway = false) };
}

/** Time goes by in small steps, in which the process runs. */
async function run(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
  }
}

test("an answer waits for its alarm, and not for longer than a second", async () => {
  const clock = manualClock(0);
  const { waker, asked } = wakerOn(clock);
  let answeredAt: number | undefined;
  void waker.wake().then(() => (answeredAt = clock.now()));
  await run(clock, 1_000);
  expect(asked).toEqual([0, 100, 400]);
  expect(answeredAt).toBe(400);
});

test("an alarm that hangs keeps an answer for a second, and no other answer", async () => {
  const clock = manualClock(0);
  const { waker, asked } = wakerOn(clock, "hangs");
  let answeredAt: number | undefined;
  void waker.wake().then(() => (answeredAt = clock.now()));
  await run(clock, 2_000);
  expect(answeredAt).toBe(1_000);
  await waker.wake();
  expect(asked).toEqual([0]);
});

test("after a time without CPU the next event tries again itself, before its answer", async () => {
  const clock = manualClock(0);
  const { waker, asked, back } = wakerOn(clock);
  const first = waker.wake();
  await run(clock, 500);
  await first;
  clock.freeze(20_000);
  back();
  const before = asked.length;
  const second = waker.wake();
  // The request is over as soon as its answer is: nothing that only a timer starts would be asked for by then.
  await second;
  expect(asked.length).toBe(before + 1);
});

test("while the process runs, one alarm is tried at a time, and no answer waits for it", async () => {
  const clock = manualClock(0);
  const { waker, asked } = wakerOn(clock);
  const first = waker.wake();
  await run(clock, 500);
  await first;
  const before = asked.length;
  await waker.wake();
  await waker.wake();
  expect(asked.length).toBe(before);
  await run(clock, 4_000);
  await waker.wake();
  expect(asked.length).toBe(before + 2);
});

test.each([
  ["while it is being tried", 500],
  ["when nobody tries any more", 60_000],
])("the end of the instance tries once more, %s", async (_when, ms) => {
  const clock = manualClock(0);
  const { waker, asked, back } = wakerOn(clock);
  const first = waker.wake();
  await run(clock, ms);
  await first;
  clock.freeze(900_000);
  back();
  const before = asked.length;
  await waker.close();
  expect(asked.length).toBe(before + 1);
  await waker.close();
  expect(asked.length).toBe(before + 1);
});

test("an event after a pause has an early drain, those after it one at the end of the window", async () => {
  const clock = manualClock(1_000_000);
  const { waker, alarms, back } = wakerOn(clock);
  back();
  await waker.wake();
  await clock.advance(1_000);
  await waker.wake();
  await clock.advance(WINDOW_MS);
  await waker.wake();
  expect(alarms).toEqual(["drain at 1005000", "drain at 1020000", "drain at 1065000"]);
});

test("what was spilled has an alarm that says so, early, whatever comes before that is set", async () => {
  const clock = manualClock(1_000_000);
  const { waker, alarms, back } = wakerOn(clock);
  const first = waker.wake("spill");
  await run(clock, 500);
  await first;
  clock.freeze(20_000);
  back();
  await waker.wake();
  await waker.wake();
  // Whoever is still trying finds nothing of the spill owed.
  await run(clock, 3_000);
  expect(new Set(alarms.slice(0, -1).map((alarm) => alarm.split(" ")[0]))).toEqual(new Set(["spill"]));
  expect(alarms.at(-1)).toBe("drain at 1080000");
});
