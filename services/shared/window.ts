/** The windows of time in which a service is woken at most once, and when in them it is woken. */
import type { AlarmName } from "./ports.ts";

/**
 * Drains fire when a window ends, and loads a quarter window later, so that the objects of a drain are loaded soon
 * after it and not a whole window later: an event waits for half a window on average and a window and a quarter at most.
 */
const PHASE: Record<AlarmName, number> = { drain: 0, recheck: 0, load: 0.25 };

/** The longest that loads trail behind drains: a drain is done within seconds, however long the window. */
const PHASE_MAX_MS = 5_000;

/** What a drain writes that is not done by then has a load of its own half a window later; most windows need none. */
const PARTS: Record<AlarmName, number> = { drain: 1, recheck: 1, load: 2 };

/** A shorter part would load again what the next window's load takes soon enough. */
const PART_MIN_MS = 5_000;

/** How long after a drain begins its objects are loaded: what is written later waits for the next part of the window. */
export function loadTrailMs(windowMs: number): number {
  return phaseMs("load", windowMs);
}

/** Where a load that did something looks next: at the objects of the next drain, and not at an empty half before. */
export function nextLoadMs(windowMs: number): number {
  return windowMs - partMs("load", windowMs);
}

/** How many loads a window has whose drain goes on for so long. */
export function loadsPerWindow(drainMs: number, windowMs: number): number {
  return drainMs <= loadTrailMs(windowMs) ? 1 : windowMs / partMs("load", windowMs);
}

function phaseMs(name: AlarmName, windowMs: number): number {
  return Math.min(PHASE[name] * windowMs, PHASE_MAX_MS);
}

/** Windows are divided evenly, so that each drain has its load in the same place. */
function partMs(name: AlarmName, windowMs: number): number {
  const part = windowMs / PARTS[name];
  return part < PART_MIN_MS ? windowMs : part;
}

/** The number of the alarm's window, or part of one, that `now` (milliseconds since the epoch) falls into. */
export function windowOf(name: AlarmName, now: number, windowMs: number): number {
  return Math.floor((now - phaseMs(name, windowMs)) / partMs(name, windowMs));
}

/** When the alarm of a window, or part of one, goes off: at its end, in milliseconds since the epoch. */
export function fireTime(name: AlarmName, window: number, windowMs: number): number {
  return (window + 1) * partMs(name, windowMs) + phaseMs(name, windowMs);
}
