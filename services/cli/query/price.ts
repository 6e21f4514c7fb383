/** What a query costs by how much it reads. */

/** On demand, in US dollars per TiB (https://cloud.google.com/bigquery/pricing#on_demand_pricing, us-central1, 2026). */
const DOLLARS_PER_TIB = 6.25;

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1.5 GiB, $0.0092 at $6.25 per TiB (the first TiB of a month is free)`. */
export function priceText(bytes: number): string {
  const dollars = (bytes / 2 ** 40) * DOLLARS_PER_TIB;
  const price = dollars === 0 || dollars >= 0.01 ? dollars.toFixed(2) : dollars.toPrecision(2);
  return `${bytesText(bytes)}, $${price} at $${DOLLARS_PER_TIB} per TiB (the first TiB of a month is free)`;
}

export function bytesText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}
