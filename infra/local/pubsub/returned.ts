/** Messages that were lent and came back unacknowledged: ready again at once or after a backoff. */

export interface Returned {
  /** @param readyMs when it may be delivered again */
  add(message: number, readyMs: number): void;
  remove(message: number): void;
  /** Those that are ready, oldest return first; removing while iterating is fine. */
  ready(nowMs: number): Iterable<number>;
  /** When the next one becomes ready, or Infinity. */
  nextReady(): number;
}

export function createReturned(): Returned {
  const ready = new Set<number>();
  const delayed = new Map<number, number>();
  return {
    add: (message, readyMs) => void delayed.set(message, readyMs),
    remove(message) {
      ready.delete(message);
      delayed.delete(message);
    },
    ready(nowMs) {
      for (const [message, readyMs] of delayed) {
        if (readyMs > nowMs) continue;
        delayed.delete(message);
        ready.add(message);
      }
      return ready;
    },
    nextReady() {
      let earliest = Infinity;
      for (const readyMs of delayed.values()) earliest = Math.min(earliest, readyMs);
      return earliest;
    },
  };
}
