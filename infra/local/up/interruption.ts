/** Ctrl-C and its kin as an AbortSignal: the first one stops in order. */

export interface Interruption {
  readonly signal: AbortSignal;
  /** Resolves at the first signal, with its name. */
  readonly happened: Promise<NodeJS.Signals>;
}

/** 128 and the signal's number, as shells report it. */
export const EXIT_STATUS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

export function onInterruption(): Interruption {
  const controller = new AbortController();
  const happened = new Promise<NodeJS.Signals>((resolve) => {
    // The listeners stay: a second Ctrl-C must not end us before the parts have ended.
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        resolve(name);
        controller.abort(new Error(`stopped by ${name}`));
      });
    }
  });
  return { signal: controller.signal, happened };
}
