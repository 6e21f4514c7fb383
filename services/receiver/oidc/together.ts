/** Brings together what arrives in one turn of the event loop. */

let next: Promise<void> | undefined;

/**
 * Resolves for all who wait at the end of this turn. A signature is checked on a thread of Node's pool, and to wake one
 * costs half as much as the check: signatures that are handed over together wake it once.
 */
export function together(): Promise<void> {
  return (next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = undefined;
      resolve();
    });
  }));
}
