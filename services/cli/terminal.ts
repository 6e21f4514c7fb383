/** What a command writes to and reads from: senders' text reaches a terminal through here only. */
import type { Env } from "#services/shared/config.ts";
import { visibleLines } from "./visible.ts";

/** What is outside, so that tests can give their own. */
export interface Streams {
  readonly env: Env;
  /** Resolves when there is room for more. */
  readonly out: (text: string) => Promise<void>;
  /** Progress and errors. */
  readonly error: (text: string) => void;
  /** Whether somebody looks at what `error` writes, so that a line may be drawn over. */
  readonly live: boolean;
  /** The text that is piped in; `undefined` when standard input is a terminal. */
  readonly input: () => Promise<string | undefined>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** `out` and `error` make everything visible that a terminal would obey, but line ends and tabs. */
export interface Terminal extends Streams {
  /** Writes text as it is: colours around values that are visible already, or what a user asked for as it is. */
  readonly outAsIs: (text: string) => Promise<void>;
  /** Writes to `error` as it is: a line that is drawn over. */
  readonly draw: (text: string) => void;
}

export function terminalOn(streams: Streams): Terminal {
  return {
    ...streams,
    out: (text) => streams.out(visibleLines(text)),
    error: (text) => streams.error(visibleLines(text)),
    outAsIs: streams.out,
    draw: streams.error,
  };
}
