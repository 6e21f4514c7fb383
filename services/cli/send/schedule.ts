/** In which order events are sent: some of them twice, the second time a while after the first. */
import { below, type Random } from "../generate/random.ts";

/** A repeated event comes back after at most so many others. */
const REPEATED_WITHIN = 200;

export interface Scheduled<T> {
  readonly event: T;
  /** Its place among the different ones, from 0. */
  readonly index: number;
  readonly repeated: boolean;
}

/**
 * The first `count` of the events, and exactly `count * duplicates` of them (rounded down) once more.
 * @param duplicates a fraction from 0 to 1
 */
export function* withDuplicates<T>(
  events: Iterable<T>,
  count: number,
  duplicates: number,
  random: Random,
): Generator<Scheduled<T>, void, void> {
  const waiting: { readonly due: number; readonly event: T; readonly index: number }[] = [];
  let index = 0;
  if (count > 0) {
    for (const event of events) {
      yield { event, index, repeated: false };
      if (Math.floor((index + 1) * duplicates) > Math.floor(index * duplicates)) {
        waiting.push({ due: index + 1 + below(random, REPEATED_WITHIN), event, index });
      }
      index += 1;
      for (let place = waiting.length - 1; place >= 0; place--) {
        const one = waiting[place] as (typeof waiting)[number];
        if (one.due > index) continue;
        waiting.splice(place, 1);
        yield { event: one.event, index: one.index, repeated: true };
      }
      if (index === count) break;
    }
  }
  for (const { event, index } of waiting) yield { event, index, repeated: true };
}
