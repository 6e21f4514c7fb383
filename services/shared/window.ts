/** The windows of time in which a service is woken at most once, and when in them it is woken. */
import type { AlarmName } from "./ports.ts";

/**
 * Drains fire when a window ends. Loads have windows of the same length that end a quarter later, so that the
 * objects of a drain are loaded soon after it and not a whole window later: an event waits for half a window
 * on average and a window and a quarter at most, unless its drain takes longer than that.
 */
const PHASE: Record<AlarmName, number> = { drain: 0, recheck: 0, load: 0.25 };

/** The longest that loads trail behind drains: a drain is done within seconds, however long the window. */
const PHASE_MAX_MS = 5_000;

/** How long after a drain begins its objects are loaded: what is written later waits for another window. */
export function loadTrailMs(windowMs: number): number {
  return phaseMs("load", windowMs);
}

function phaseMs(name: AlarmName, windowMs: number): number {
  return Math.min(PHASE[name] * windowMs, PHASE_MAX_MS);
}

/** The number of the window that `now` (milliseconds since the epoch) falls into. */
export function windowOf(name: AlarmName, now: number, windowMs: number): number {
  return Math.floor((now - phaseMs(name, windowMs)) / windowMs);
}

/** When the alarm of a window goes off: at its end, in milliseconds since the epoch. */
export function fireTime(name: AlarmName, window: number, windowMs: number): number {
  return (window + 1) * windowMs + phaseMs(name, windowMs);
}
