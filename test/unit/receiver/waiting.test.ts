/** Sharing of runs and of slots, on a clock that only the test moves. */
import { expect, test } from "vitest";
import { FairSlots } from "#services/receiver/fair-slots.ts";
import { Spaced } from "#services/receiver/oidc/spaced.ts";
import type { Clock } from "#services/shared/clock.ts";

/** Time stands still until `advance`; sleepers wake in order. */
function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 1_000_000;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    async advance(ms) {
      await settle();
      now += ms;
      for (const sleeper of [...sleepers].toSorted((a, b) => a.at - b.at)) {
        if (sleeper.at > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
        await settle();
      }
    },
  };
}

test("who asks before a run starts shares it, who asks during it gets the next, and the two are apart", async () => {
  const clock = manualClock();
  const starts: number[] = [];
  const finish: ((value: number) => void)[] = [];
  const spaced = new Spaced(
    () => {
      starts.push(clock.now() - 1_000_000);
      return new Promise<number>((resolve) => finish.push(resolve));
    },
    clock,
    { afterSuccess: 2_000, afterFailure: 1_000 },
  );

  const [first, second] = [spaced.ask(), spaced.ask()];
  await clock.advance(100);
  const joined = spaced.join();
  const third = spaced.ask();
  finish[0]?.(1);
  expect(await Promise.all([first, second, joined])).toEqual([1, 1, 1]);
  await clock.advance(1_000);
  expect(starts).toEqual([0]);
  await clock.advance(1_000);
  expect(starts).toEqual([0, 2_100]);
  finish[1]?.(2);
  expect(await third).toBe(2);
});

test("after a failure the next run comes sooner, and its outcome is its own", async () => {
  const clock = manualClock();
  let runs = 0;
  const spaced = new Spaced(
    async () => {
      runs += 1;
      if (runs === 1) throw new Error("first");
      return runs;
    },
    clock,
    { afterSuccess: 60_000, afterFailure: 1_000 },
  );
  await expect(spaced.ask()).rejects.toThrow("first");
  const next = spaced.ask();
  await clock.advance(999);
  expect(runs).toBe(1);
  await clock.advance(1);
  expect(await next).toBe(2);
});

test("slots are handed on in order, the line has an end, and who waits too long goes", async () => {
  const clock = manualClock();
  const slots = new FairSlots({ slots: 1, waiting: 2, waitMs: 1_000, sources: ["one"] }, clock);
  const done: string[] = [];
  const leave: (() => void)[] = [];
  const run = async (name: string) => {
    const result = await slots.run("one", 1, () => new Promise<void>((resolve) => leave.push(resolve)));
    done.push(result === "full" ? `${name} full` : name);
  };

  const all = [run("a"), run("b"), run("c"), run("d")];
  await clock.advance(500);
  expect(done).toEqual(["d full"]);
  leave[0]?.();
  await clock.advance(499);
  expect(leave).toHaveLength(2);
  await clock.advance(1);
  expect(done).toEqual(["d full", "a", "c full"]);
  leave[1]?.();
  await Promise.all(all);
  expect(done).toEqual(["d full", "a", "c full", "b"]);
  // All have left: there is a slot again.
  const last = run("e");
  await clock.advance(0);
  leave[2]?.();
  await last;
  expect(done.at(-1)).toBe("e");
});

test("a task that throws gives its slot back", async () => {
  const slots = new FairSlots({ slots: 1, waiting: 0, waitMs: 0, sources: ["one"] }, manualClock());
  await expect(slots.run("one", 1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await slots.run("one", 1, () => Promise.resolve("yes"))).toBe("yes");
});
