/** Makes things visible late, as Google does; a test decides how late. */
import type { Delays, World } from "./call.ts";

/** Notes that something is there from now on, to be seen after its delay. */
export function appear({ state, nowMs }: World, kind: keyof Delays, name: string): void {
  const key = `${kind} ${name}`;
  if (!state.appearances.has(key)) state.appearances.set(key, { atMs: nowMs(), asked: 0 });
}

export function disappear({ state }: World, kind: keyof Delays, name: string): void {
  state.appearances.delete(`${kind} ${name}`);
}

/** Whether a request that needs the thing sees it; such a request counts. False if it never appeared. */
export function isVisible({ state, delays, nowMs }: World, kind: keyof Delays, name: string): boolean {
  const appearance = state.appearances.get(`${kind} ${name}`);
  if (appearance === undefined) return false;
  const delay = delays[kind];
  if (delay === undefined) return true;
  if ("ms" in delay) return nowMs() - appearance.atMs >= delay.ms;
  appearance.asked += 1;
  return appearance.asked > delay.requests;
}
