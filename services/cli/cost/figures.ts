/** Figures as people read them. */

/** Whole cents; what is less than half of one, but something, is said to be so. */
export function money(dollars: number): string {
  if (dollars > 0 && dollars < 0.005) return "<$0.01";
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Three digits that count. */
export function quantity(value: number): string {
  return value.toLocaleString(
    "en-US",
    value >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  );
}

/** As the price list has it. */
export function unitPrice(dollars: number): string {
  return `$${dollars.toLocaleString("en-US", { maximumFractionDigits: 10 })}`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}
