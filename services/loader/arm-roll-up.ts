/** When the days that a round has loaded are to be counted into the rollups. */
import type { Clock } from "#services/shared/clock.ts";
import type { Alarm } from "#services/shared/ports.ts";
import type { PlanReport } from "./execute-plan.ts";

const DAY_MS = 86_400_000;

/**
 * Sets the alarms for what was loaded: soon for days that are over, after midnight (UTC) for today.
 * @throws PipelineError ALARM_UNAVAILABLE
 */
export async function armRollUp(plans: readonly PlanReport[], alarm: Alarm, clock: Clock): Promise<void> {
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const starts = plans
    .filter(({ inserted }) => inserted > 0)
    // Rows without a time are of the days of their receipt.
    .flatMap(({ days }) => (days.length === 0 ? [today] : days.map((day) => Date.parse(day))));
  if (starts.some((start) => start < today)) await alarm.arm("rollup");
  if (starts.some((start) => start >= today)) await alarm.arm("rollup", today + DAY_MS - clock.now());
}
