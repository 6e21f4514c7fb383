/** A growing list of durations, eight bytes each, that knows its percentiles. */

export class Durations {
  #values = new Float64Array(1024);
  #count = 0;

  add(milliseconds: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = milliseconds;
  }

  get count(): number {
    return this.#count;
  }

  /** The nearest-rank percentile in milliseconds (0 < p <= 100); `undefined` when there is none. */
  percentile(p: number): number | undefined {
    const sorted = this.#values.slice(0, this.#count).sort();
    return sorted[Math.ceil((p / 100) * this.#count) - 1];
  }
}

/** `12 ms`, `3.4 s`, `2 min 5 s`. */
export function durationText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "-";
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 99_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
