/** Keeps messages on loan while they are held, so that a slow write does not have them delivered again. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import type { Queue } from "#services/shared/ports.ts";

/**
 * Prolongs the leases of `held()` at each third of their length until `work` is done. A renewal that fails is
 * logged and costs a duplicate at worst, which the merge removes.
 */
export async function holding<T>(
  held: () => readonly string[],
  ports: { readonly queue: Queue; readonly clock: Clock; readonly log: Log },
  leaseSeconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const renewing = (async () => {
    for (;;) {
      await ports.clock.sleep((leaseSeconds * 1000) / 3, over.signal);
      if (over.signal.aborted) return;
      const ackIds = held();
      if (ackIds.length === 0) continue;
      try {
        await ports.queue.extend(ackIds, leaseSeconds);
      } catch (error) {
        ports.log.warn("lease not prolonged", { reason: reasonOf(error), messages: ackIds.length });
      }
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await renewing;
  }
}
