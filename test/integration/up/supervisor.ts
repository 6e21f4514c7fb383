/** A supervisor in a process of its own, over the plan in PLAN; prints a line per step for the test that reads it. */
import type { LocalPlan } from "#infra/local/environment.ts";
import { onInterruption } from "#infra/local/up/interruption.ts";
import { supervise } from "#infra/local/up/supervise.ts";

const plan = JSON.parse(process.env["PLAN"] ?? "") as LocalPlan;
const { happened, signal } = onInterruption();
const supervised = await supervise({
  plan,
  env: process.env,
  notice: (notice) => console.log(JSON.stringify(notice)),
  signal,
});
console.log(JSON.stringify({ what: "up", pids: supervised.parts.map((part) => part.pid) }));
await happened;
await supervised.stop();
console.log(JSON.stringify({ what: "stopped" }));
