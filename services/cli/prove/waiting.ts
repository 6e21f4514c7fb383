/** What was accepted and is in no table yet: it is in no sum of the books, and no loss. */
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Listing } from "#services/shared/gcp/listing.ts";
import type { BacklogLook } from "#services/shared/gcp/look/backlog.ts";
import { DEAD_LETTERS, PENDING, QUARANTINE, SPILL } from "#services/shared/objects.ts";
import { waitingBelow } from "../waiting.ts";

/** A place in which something may wait. */
export interface Waiting {
  readonly place: string;
  /** `undefined` when nobody could tell; `unknown` says why. */
  readonly count: number | undefined;
  readonly isMore: boolean;
  /** `undefined` without any. */
  readonly oldestMs: number | undefined;
  /** It waits for longer than it may. */
  readonly isLate: boolean;
  readonly unknown?: string;
}

export interface WaitingSources {
  readonly list: Listing;
  readonly backlog: BacklogLook;
  readonly subscription: string;
  /** The subscription of what Pub/Sub gave up. */
  readonly deadLetters: string;
  readonly lateAfterMs: number;
  readonly now: () => number;
}

/** In the order in which an event comes through them. */
export async function lookAtWaiting(sources: WaitingSources): Promise<readonly Waiting[]> {
  const { subscription, deadLetters } = sources;
  return Promise.all([
    messages(sources, subscription),
    objects(sources, SPILL),
    objects(sources, PENDING),
    messages(sources, deadLetters),
    objects(sources, DEAD_LETTERS),
    objects(sources, QUARANTINE),
  ]);
}

async function messages({ backlog, lateAfterMs }: WaitingSources, id: string): Promise<Waiting> {
  const place = `subscription ${id}`;
  const unknown = { place, count: undefined, isMore: false, oldestMs: undefined, isLate: false };
  try {
    const waiting = await backlog(id);
    if (waiting === undefined) {
      const why = "Cloud Monitoring has no figure of the last ten minutes, or is not there";
      return { ...unknown, unknown: why };
    }
    const oldestMs = waiting.messages === 0 ? undefined : waiting.oldestMs;
    const isLate = oldestMs !== undefined && oldestMs > lateAfterMs;
    return { place, count: waiting.messages, isMore: false, oldestMs, isLate };
  } catch (error) {
    // Who may read the books may not read Cloud Monitoring: the rest of the proof holds without it.
    if (!(error instanceof PipelineError)) throw error;
    return { ...unknown, unknown: reasonOf(error) };
  }
}

/** The reason beside an object in quarantine is none of its own. */
const REASON = /\.reason\.json$/;

async function objects({ list, lateAfterMs, now }: WaitingSources, prefix: string): Promise<Waiting> {
  const { count, isMore, oldestAt } = await waitingBelow(list, prefix, ({ name }) => !REASON.test(name));
  const oldestMs = oldestAt === undefined ? undefined : Math.max(0, now() - oldestAt);
  const isLate = oldestMs !== undefined && oldestMs > lateAfterMs;
  return { place: prefix, count, isMore, oldestMs, isLate };
}
