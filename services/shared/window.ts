/**
 * When a service is woken. Alarms lie on a grid, and the task that rings one is named by its place there: however many
 * instances ask, one task is made.
 */
import type { AlarmName } from "./ports.ts";

/**
 * Rollups have hours for their windows: what comes late is counted once an hour at most. The minutes after midnight in which
 * most of a day's last events are still on their way are over by then.
 */
const ROLLUP_STEP_MS = 3_600_000;
const ROLLUP_PHASE_MS = 20 * 60_000;

/** A round of the batcher takes about a second, so shorter steps than this would only add rounds. */
const DRAIN_STEP_MIN_MS = 5_000;

/**
 * A small drain has written its objects within two seconds, so their load follows it at once. One that writes for longer has
 * another load two seconds later.
 */
const LOAD_STEP_MS = 2_000;

/** The drains of a window: every quarter of it, every half, or one at its end. */
export type Pace = 1 | 2 | 4;

/** The distance between two drains; a window too short to be divided has one. */
export function drainStepMs(windowMs: number, pace: Pace): number {
  const step = windowMs / pace;
  return pace === 1 || step >= DRAIN_STEP_MIN_MS ? step : drainStepMs(windowMs, pace === 4 ? 2 : 1);
}

/** The distance between two places of an alarm's grid, in milliseconds. */
function stepOf(name: AlarmName, windowMs: number): number {
  if (name === "rollup") return ROLLUP_STEP_MS;
  if (name === "load" || name === "resume") return loadStepMs(windowMs);
  return drainStepMs(windowMs, 4);
}

const phaseOf = (name: AlarmName) => (name === "rollup" ? ROLLUP_PHASE_MS : 0);

/** How long after a drain begins its objects are loaded, if they are written by then; and the loads' grid. */
export function loadStepMs(windowMs: number): number {
  return Math.min(LOAD_STEP_MS, drainStepMs(windowMs, 4) / 4);
}

/** The place on the alarm's grid that is next after `now`, in milliseconds since the epoch: when the alarm goes off. */
export function fireTime(name: AlarmName, now: number, windowMs: number): number {
  const [step, phase] = [stepOf(name, windowMs), phaseOf(name)];
  return (Math.floor((now - phase) / step) + 1) * step + phase;
}

/** How far ahead to ask for the drain alarm so that it goes off at the next end of the window, or of a part of it. */
export function untilDrainMs(now: number, windowMs: number, pace: Pace): number {
  const part = drainStepMs(windowMs, pace);
  const end = (Math.floor(now / part) + 1) * part;
  return Math.max(0, end - stepOf("drain", windowMs) - now);
}

/** How far ahead a loader asks for its next look, which is where the load of the next window's drain is. */
export function untilNextLoadMs(now: number, windowMs: number): number {
  return (Math.floor(now / windowMs) + 1) * windowMs - now;
}

/** How many loads a drain has that writes for so long. */
export function loadsPerDrain(drainMs: number, windowMs: number): number {
  return Math.max(1, Math.ceil(drainMs / loadStepMs(windowMs)));
}
