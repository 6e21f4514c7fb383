/** Says in the log that something is away, without a line for every try, and that it is back. */
import type { Log, LogFields } from "#services/shared/log.ts";

export class Outage {
  readonly #log: Log;
  readonly #away: string;
  readonly #back: string;
  #failures = 0;

  constructor(log: Log, away: string, back: string) {
    this.#log = log;
    this.#away = away;
    this.#back = back;
  }

  /** Failures in a row whose number is a power of two tell as much as all of them. */
  failed(fields: LogFields): void {
    this.#failures += 1;
    const attempt = this.#failures;
    if ((attempt & (attempt - 1)) === 0) this.#log.warn(this.#away, { ...fields, attempt });
  }

  succeeded(): void {
    if (this.#failures > 0) this.#log.info(this.#back);
    this.#failures = 0;
  }
}
