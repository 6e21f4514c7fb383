/** Numbers as docs/operate/scale.md writes them. */

const TWO_DIGITS = { maximumSignificantDigits: 2 } as const;

export const whole = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 });
export const twoDigits = (value: number): string => value.toLocaleString("en-US", TWO_DIGITS);
export const threeDigits = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
export const percent = (share: number): string => `${twoDigits(100 * share)} %`;
export const microseconds = (seconds: number): string => `${threeDigits(1e6 * seconds)} µs`;

/** Where a limit begins to bind, never above it; `–` for beyond all that was tried. */
export function bound(value: number | undefined): string {
  return value === undefined ? "–" : value.toLocaleString("en-US", { ...TWO_DIGITS, roundingMode: "floor" });
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A text wherever its lines end. */
export const flat = (text: string): string => text.replaceAll(/^\d\. /gm, "").replaceAll(/\s+/g, " ");
