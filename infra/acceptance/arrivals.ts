/** Looks for the rows of the many events all the time, and notes when each was first seen. */
import type { Clock } from "#services/shared/clock.ts";
import { type DemoWarehouse, mayComeBack } from "../local/demo/warehouse.ts";

export interface Arrivals {
  /** When a query first showed the row, milliseconds since the epoch. */
  seenAt(id: string): number | undefined;
  /** Resolves with the ids that have no row when `patienceMs` have passed without a new one. */
  awaitAll(ids: readonly string[], patienceMs: number): Promise<readonly string[]>;
  /** Rejects with what the warehouse answered, if that was what ended it. */
  stop(): Promise<void>;
}

export interface WatchOptions {
  readonly warehouse: Pick<DemoWarehouse, "loadedAfter">;
  readonly pollMs: number;
  readonly clock: Clock;
  /** Aborted when the run ends: the watch then stops. */
  readonly signal: AbortSignal;
}

export function watchArrivals({ warehouse, pollMs, clock, signal }: WatchOptions): Arrivals {
  const seen = new Map<string, number>();
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  let after = 0;

  async function look(): Promise<void> {
    try {
      const { ids, last } = await warehouse.loadedAfter(after);
      for (const id of ids) if (!seen.has(id)) seen.set(id, clock.now());
      after = last;
    } catch (error) {
      if (!mayComeBack(error)) throw error;
    }
  }

  async function watch(): Promise<void> {
    while (!either.aborted) {
      await look();
      await clock.sleep(pollMs, either);
    }
  }

  const watching = watch();
  // Whoever waits next learns of it.
  watching.catch(() => undefined);
  return {
    seenAt: (id) => seen.get(id),
    async awaitAll(ids, patienceMs) {
      let rows = seen.size;
      let newAt = clock.now();
      for (;;) {
        const missing = ids.filter((id) => !seen.has(id));
        if (missing.length === 0 || either.aborted) return missing;
        if (seen.size > rows) [rows, newAt] = [seen.size, clock.now()];
        if (clock.now() - newAt > patienceMs) return missing;
        await Promise.race([watching.then(() => undefined), clock.sleep(pollMs, either)]);
      }
    },
    stop: async () => {
      ended.abort();
      await watching;
    },
  };
}
