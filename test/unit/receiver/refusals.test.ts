/** One line a second for what is refused, and every refusal in one of them. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { IN_FULL_MAX, IN_FULL_PER_SECOND, Refusals } from "#services/receiver/refusals.ts";
import { createLog } from "#services/shared/log.ts";

function start() {
  const counts: unknown[] = [];
  const lines: Record<string, unknown>[] = [];
  const sleeping: (() => void)[] = [];
  const waits: number[] = [];
  const log = createLog("receiver", "INFO", {
    write: (text) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      lines.push(line);
      counts.push(line["messages"]);
    },
  });
  const sleep = (ms: number) => {
    waits.push(ms);
    return new Promise<void>((resolve) => sleeping.push(resolve));
  };
  const refusals = new Refusals({ now: () => 0, sleep }, log);
  const refuse = (count: number) => {
    for (let index = 0; index < count; index++) refusals.add();
  };
  const secondPasses = async () => {
    sleeping.shift()?.();
    await turn();
  };
  return { refusals, refuse, secondPasses, counts, lines, waits };
}

test("the first is told at once, those of the next second together, and after a quiet second it begins anew", async () => {
  const { refuse, secondPasses, counts, lines, waits } = start();
  refuse(1_000);
  expect(counts).toEqual([1]);
  expect(lines[0]).toMatchObject({
    severity: "ERROR",
    message: "not accepted",
    code: "overloaded",
    status: 503,
  });
  await secondPasses();
  expect(counts).toEqual([1, 999]);
  refuse(5);
  await secondPasses();
  expect(counts).toEqual([1, 999, 5]);
  await secondPasses();
  expect(counts).toEqual([1, 999, 5]);
  refuse(2);
  expect(counts).toEqual([1, 999, 5, 1]);
  expect(waits).toEqual([1_000, 1_000, 1_000, 1_000]);
});

test("at the end nothing is left unsaid, and nothing is said twice", async () => {
  const { refusals, refuse, secondPasses, counts } = start();
  refuse(3);
  refusals.flush();
  expect(counts).toEqual([1, 2]);
  refusals.flush();
  await secondPasses();
  expect(counts).toEqual([1, 2]);
});

test("of a flood some lines are written in full, the rest is counted by its kind, and both are bounded", async () => {
  const { refusals, secondPasses, lines } = start();
  const flood = () => {
    let inFull = 0;
    for (let index = 0; index < 5_000; index++) {
      if (refusals.mayWrite(index % 2 === 0 ? "no-token" : "token-subject")) inFull += 1;
    }
    return inFull;
  };
  expect(flood()).toBe(IN_FULL_MAX);
  const half = (5_000 - IN_FULL_MAX) / 2;
  const counted = () => lines.map(({ code, messages }) => [code, messages]);
  expect(counted()).toEqual([
    ["no-token", 1],
    ["token-subject", 1],
  ]);
  await secondPasses();
  expect(counted().slice(2)).toEqual([
    ["no-token", half - 1],
    ["token-subject", half - 1],
  ]);
  expect(lines[0]).toMatchObject({ severity: "WARNING", message: "refused", status: 401 });
  expect(flood()).toBe(IN_FULL_PER_SECOND);
  await secondPasses();
  expect(lines).toHaveLength(6);
});
