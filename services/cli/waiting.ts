/** How many objects wait below a prefix of the bucket, and since when. */
import type { ListedObject, Listing } from "#services/shared/gcp/listing.ts";

export interface WaitingObjects {
  readonly count: number;
  /** There are more than were counted. */
  readonly isMore: boolean;
  /** When the oldest was written, milliseconds since the epoch; `undefined` without any. */
  readonly oldestAt: number | undefined;
}

/** Ten list requests: a pile of that size is broken whatever its age. */
const LISTED_MAX = 10_000;

/** @param counts which of the objects stand for something that waits; all, if left out */
export async function waitingBelow(
  list: Listing,
  prefix: string,
  counts: (object: ListedObject) => boolean = () => true,
): Promise<WaitingObjects> {
  let count = 0;
  let oldestAt = Number.POSITIVE_INFINITY;
  for await (const object of list(prefix)) {
    if (!counts(object)) continue;
    if (count === LISTED_MAX) return { count, oldestAt, isMore: true };
    count += 1;
    oldestAt = Math.min(oldestAt, Date.parse(object.createdAt));
  }
  return { count, isMore: false, oldestAt: count === 0 ? undefined : oldestAt };
}
