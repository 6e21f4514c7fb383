/**
 * Finds the message that kills the batcher. A mark is written before messages under suspicion are handled and removed
 * after it: a mark that is still there when they come again was left by a batcher that died of them. How often a message
 * was delivered does not tell, since an outage counts as much as a death; so it only says when to begin with marks.
 */
import { TRIALS } from "#services/shared/objects.ts";
import type { NewId, Store } from "#services/shared/ports.ts";
import { persist, type RetryPorts } from "#services/shared/retry.ts";

interface TrialPorts extends RetryPorts {
  readonly store: Store;
  readonly newId: NewId;
}

export interface Trials<T> {
  /** Marks of different kinds do not meet: `queue` or `spill`. */
  readonly kind: "queue" | "spill";
  idOf(suspect: T): string;
  /** Handles suspects as always; they may be the end of this process. */
  handle(suspects: readonly T[]): Promise<void>;
  /** Puts a suspect away for good. */
  condemn(suspect: T, reason: string): Promise<void>;
}

/** A batcher may be killed for another reason, but hardly so often with just this one message in hand. */
const DEATHS_MAX = 3;

/** All at once, then in groups of a 200th, so that of 20,000 messages the third trial handles single ones. */
const SHRINK = 200;
const MARKS_READ = 100;

/**
 * Handles every suspect, or condemns it, until `over`. Who dies on the way leaves a mark, and the next one goes on with
 * smaller groups.
 * @returns those that were not come to
 */
export async function tryOut<T>(
  suspects: readonly T[],
  trials: Trials<T>,
  ports: TrialPorts,
  over: () => boolean,
): Promise<readonly T[]> {
  const { store } = ports;
  const groups = `${TRIALS}${trials.kind}/groups/`;
  const deaths = await store.list(groups, MARKS_READ);
  const size = Math.max(1, Math.floor(suspects.length / SHRINK ** deaths.length));
  for (let from = 0; from < suspects.length; from += size) {
    if (over()) return suspects.slice(from);
    const group = suspects.slice(from, from + size);
    const [only, ...others] = group;
    if (only !== undefined && others.length === 0) await tryAlone(only, trials, ports, over);
    else await marked(`${groups}${ports.newId()}`, () => trials.handle(group), ports, over);
  }
  // None of them is deadly: what the marks said is out of date.
  await Promise.all(deaths.map((mark) => store.remove(mark)));
  return [];
}

async function tryAlone<T>(
  suspect: T,
  trials: Trials<T>,
  ports: TrialPorts,
  over: () => boolean,
): Promise<void> {
  const marks = `${TRIALS}${trials.kind}/alone/${encodeURIComponent(trials.idOf(suspect))}/`;
  const deaths = await ports.store.list(marks, DEATHS_MAX);
  if (deaths.length < DEATHS_MAX)
    await marked(`${marks}${ports.newId()}`, () => trials.handle([suspect]), ports, over);
  else await trials.condemn(suspect, `${deaths.length} batchers died with this message alone in hand`);
  await Promise.all(deaths.map((mark) => ports.store.remove(mark)));
}

/** A mark that cannot be removed for an outage would be taken for a death: hence the persistence. */
async function marked(
  mark: string,
  work: () => Promise<void>,
  ports: TrialPorts,
  over: () => boolean,
): Promise<void> {
  await ports.store.create(mark, Buffer.from(""), { contentType: "text/plain" });
  try {
    await work();
  } finally {
    await persist(() => ports.store.remove(mark), over, ports);
  }
}
