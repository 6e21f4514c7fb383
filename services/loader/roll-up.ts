/**
 * Counts the days that are over into the rollups, once, and again when rows came late. Loads ask for it, so nothing runs while
 * nothing is loaded. A day whose counting fails or is interrupted stays one that questions count from its events.
 */
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import {
  type CountPorts,
  dueDays,
  ensureRollups,
  rollUpDays,
  together,
} from "#services/shared/rollup/count.ts";

export interface RollUpPorts extends CountPorts {
  readonly log: Log;
}

export interface RollUpReport {
  /** `partial`: a day could not be counted; `reasons` says why, and the next round tries again. */
  readonly outcome: "counted" | "nothing" | "partial";
  /** Days that the next round has to count. */
  readonly left: number;
  /** As `2026-11-20`. */
  readonly days: readonly string[];
  readonly reasons: readonly string[];
  readonly milliseconds: number;
}

/**
 * The newest days first, until all are counted, the time is up or `signal` asks to stop. Does not throw.
 * @param roundMaxMs after this no other days are begun
 */
export async function rollUp(
  ports: RollUpPorts,
  { roundMaxMs }: { readonly roundMaxMs: number },
  signal: AbortSignal,
): Promise<RollUpReport> {
  const { clock, log } = ports;
  const start = clock.now();
  const days: string[] = [];
  const reasons: string[] = [];
  let left = 0;
  try {
    await ensureRollups(ports);
    // To count all days of before an upgrade may cost much: that is for a person to decide (`pullhouse rollup`).
    const due = (await dueDays(ports)).filter(({ fresh }) => fresh > 0);
    left = due.length;
    for (const group of together(due)) {
      if (signal.aborted || clock.now() - start >= roundMaxMs) break;
      await rollUpDays(group, ports);
      days.push(...group.map(({ day }) => day));
      left -= group.length;
      log.info("rolled up", { days: `${group[0]?.day} to ${group.at(-1)?.day}` });
    }
  } catch (error) {
    reasons.push(reasonOf(error));
  }
  const outcome = reasons.length > 0 ? "partial" : days.length > 0 ? "counted" : "nothing";
  return { outcome, left, days, reasons, milliseconds: clock.now() - start };
}
