/**
 * A port before its adapter is there. Google's clients are nearly all of a service's code, and reading them takes
 * several times as long as all else; so a service listens first, and a call waits for the client that it needs.
 */

type Method = (...args: never[]) => unknown;

export interface Late {
  /**
   * Opens the adapter, once; a call that comes before does the same.
   * @throws what opening it throws, as a call does; the next one tries again
   */
  open(): Promise<void>;
  /** Closes the adapter if it was opened and has something to close. */
  close(): Promise<void>;
}

/**
 * @param open imports the adapter's module and creates it
 * @param methods those of the adapter that are wanted; whatever they return becomes a promise
 * @example late(async () => (await import("./gcp/storage.ts")).createStore(config), ["create"])
 */
export function late<
  const Name extends string,
  Port extends Record<Name, Method> & { close?(): Promise<void> },
>(open: () => Promise<Port>, methods: readonly Name[]): Pick<Port, Name> & Late {
  let opened: Promise<Port> | undefined;
  const port = () => (opened ??= open().catch(forget));
  const forget = (error: unknown) => {
    opened = undefined;
    throw error;
  };
  const waiting = methods.map((name) => [
    name,
    async (...args: never[]) => {
      const adapter = await port();
      return adapter[name](...args);
    },
  ]);
  return {
    ...(Object.fromEntries(waiting) as Pick<Port, Name>),
    async open() {
      await port();
    },
    async close() {
      const adapter = await opened;
      await adapter?.close?.();
    },
  };
}
