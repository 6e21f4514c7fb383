/** Waits until the warehouse shows every accepted event, and notes when it first showed each. */
import { systemClock } from "#services/shared/clock.ts";
import type { Ledger } from "./ledger.ts";
import { type DemoWarehouse, mayComeBack } from "./warehouse.ts";

export interface WatchRows {
  readonly warehouse: DemoWarehouse;
  readonly ledger: Ledger;
  readonly events: number;
  /** Whether the last event has been sent. */
  readonly allSent: () => boolean;
  readonly signal: AbortSignal;
  readonly onSeen: (seen: number) => void;
}

/** Often enough for the percentiles, seldom enough not to be a load of its own. */
export function pollMs(events: number): number {
  return Math.min(Math.max(250, events / 50), 2_000);
}

/** Two leases of a killed batcher, a few windows, restarts; and the more rows, the longer one merge. */
function patienceMs(events: number): number {
  return 60_000 + events;
}

/** `stalled` when no further row has come for a while. */
export async function watchRows(run: WatchRows): Promise<"complete" | "stalled"> {
  const { ledger, warehouse, signal } = run;
  let after = 0;
  let lastSeen = 0;
  let progressAt = systemClock.now();
  while (!signal.aborted) {
    try {
      const { ids, last } = await warehouse.loadedAfter(after);
      const now = systemClock.now();
      for (const id of ids) ledger.isQueryable(id, now);
      after = last;
    } catch (error) {
      if (!mayComeBack(error)) throw error;
    }
    if (ledger.seen > lastSeen || !run.allSent()) {
      lastSeen = ledger.seen;
      progressAt = systemClock.now();
      run.onSeen(lastSeen);
    }
    if (run.allSent() && ledger.complete) return "complete";
    if (systemClock.now() - progressAt > patienceMs(run.events)) return "stalled";
    await systemClock.sleep(pollMs(run.events), signal);
  }
  return "stalled";
}
