/** What a command writes to and reads from, so that tests can give their own. */
import type { Env } from "#services/shared/config.ts";

export interface Terminal {
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
