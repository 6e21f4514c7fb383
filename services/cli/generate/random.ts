/** Random numbers that a seed determines, so that a run can be repeated. */
import { createHash } from "node:crypto";

/** Evenly distributed numbers in [0, 1). */
export type Random = () => number;

/** sfc32 (PractRand's small fast chaotic generator, 128 bits of state), its state from the seed's SHA-256. */
export function createRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = digest.readInt32LE(12);
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to, but without, `limit`. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

/** @throws RangeError for an empty list */
export function pick<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new RangeError("nothing to pick from");
  return list[below(random, list.length)] as T;
}

/** That many hexadecimal digits. */
export function hex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits)
    text += below(random, 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return text.slice(0, digits);
}

export function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => below(random, 10)).join("");
}

/** A version 4 UUID (RFC 9562, section 5.4). */
export function uuid(random: Random): string {
  const h = hex(random, 32);
  const variant = "89ab"[below(random, 4)] as string;
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
}

/** Draws places in a ranking: place r as often as 1/(r+1)^exponent, as real traffic does (Zipf's law). */
export function zipf(count: number, exponent: number): (random: Random) => number {
  const sums: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= count; rank++) {
    total += rank ** -exponent;
    sums.push(total);
  }
  return (random) => {
    const target = random() * total;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
