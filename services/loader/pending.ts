/** How long objects have been waiting for their load: what an operator wants to be woken for. */
import type { Clock } from "#services/shared/clock.ts";
import { PENDING, readManifest } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";

/**
 * Age in whole seconds of the oldest pending mark, 0 without any. Marks are listed by their ids, so the first of a type
 * is its oldest but for those that a replay made. A mark that cannot be read counts for nothing, it is set aside in the
 * next round.
 * @throws PipelineError STORE_UNAVAILABLE
 */
export async function oldestPendingSeconds(store: Store, clock: Clock): Promise<number> {
  const folders = await store.folders(PENDING);
  const ages = await Promise.all(
    folders.map(async (folder) => {
      const [first] = await store.list(folder, 1);
      const mark = first === undefined ? undefined : await store.read(first);
      const drainedAt = Date.parse(readManifest(mark?.bytes.toString() ?? "")?.drainedAt ?? "");
      return Number.isNaN(drainedAt) ? 0 : Math.max(0, Math.floor((clock.now() - drainedAt) / 1000));
    }),
  );
  return Math.max(0, ...ages);
}
