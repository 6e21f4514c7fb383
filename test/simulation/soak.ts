/** `make soak`: seeds until Ctrl-C, a failure, or SEEDS of them; says how many a second, and what was done to them. */

import { failureText, faultsText, range, simulateSeeds } from "./seeds.ts";
import type { Fault } from "./world.ts";

const from = Number(process.env["SEED"] ?? 2_000);
const count = Number(process.env["SEEDS"] ?? Infinity);
const STEP = 500;

const stop = new AbortController();
process.on("SIGINT", () => stop.abort());

const faults = new Map<Fault, number>();
const start = performance.now();
let seeds = 0;
let accepted = 0;
while (!stop.signal.aborted && seeds < count) {
  const next = Math.min(STEP, count - seeds);
  const part = await simulateSeeds(range(from + seeds, from + seeds + next), {
    isOver: () => stop.signal.aborted,
  });
  seeds += part.seeds;
  accepted += part.accepted;
  for (const [fault, times] of part.faults) faults.set(fault, (faults.get(fault) ?? 0) + times);
  const rate = seeds / ((performance.now() - start) / 1_000);
  process.stdout.write(
    `seeds ${from} to ${from + seeds - 1}: ${rate.toFixed(1)} a second, ${accepted} events\n`,
  );
  if (part.failure !== undefined) {
    process.stdout.write(`${failureText(part.failure)}\n`);
    process.exitCode = 1;
    break;
  }
}
process.stdout.write(`${seeds} seeds, ${accepted} events accepted; ${faultsText(faults)}\n`);
