/** Mutual exclusion by name inside this process, which is the only one that has the database open. */

/** Runs the work alone among all work of the same key, in the order of the calls. */
export type WithLock = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createLocks(): WithLock {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
    }
  };
}

/** At most `size` pieces of work at once, the others wait in line. */
export function createSemaphore(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = size;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
