/** Rows that were read before: to read one of DuckDB's takes milliseconds, and a load job asks for a dozen. */

const ROWS_MAX = 2_000;

interface Reading {
  readonly key: string;
  isStale: boolean;
}

export class Remembered {
  /** The oldest first. */
  readonly #rows = new Map<string, unknown>();
  readonly #readings = new Set<Reading>();

  /** @param read what is committed; not remembered if somebody forgets the key meanwhile */
  async get<Row>(key: string, read: () => Promise<Row | undefined>): Promise<Row | undefined> {
    const known = this.#rows.get(key);
    if (known !== undefined) return known as Row;
    const reading = { key, isStale: false };
    this.#readings.add(reading);
    try {
      const row = await read();
      if (row !== undefined && !reading.isStale) this.#keep(key, row);
      return row;
    } finally {
      this.#readings.delete(reading);
    }
  }

  /** Once what changed the row is committed. */
  forget(key: string): void {
    this.#rows.delete(key);
    for (const reading of this.#readings) if (reading.key === key) reading.isStale = true;
  }

  #keep(key: string, row: unknown): void {
    this.#rows.set(key, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > ROWS_MAX && oldest !== undefined) this.#rows.delete(oldest);
  }
}
