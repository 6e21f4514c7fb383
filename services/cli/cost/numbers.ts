/** Numbers of the options: hostile ones get a message that says what is taken. */
import { InvalidArgumentError } from "commander";

const SUFFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** `10_000`, `10,000`, `10k`, `1M`, `2.5G`: a whole number in the end. */
export function amount(min: number, max: number): (text: string) => number {
  return (text) => {
    const [, digits, suffix = ""] = /^(\d[\d_,]*(?:\.\d+)?)([kmg]?)$/i.exec(text.trim()) ?? [];
    const value =
      Number(digits?.replaceAll(/[_,]/g, "") ?? Number.NaN) * (SUFFIXES[suffix.toLowerCase()] ?? 1);
    // 1.1k is 1100.0000000000002 to a computer.
    const whole = Math.round(value);
    if (!(Math.abs(value - whole) < 1e-6 && whole >= min && whole <= max)) {
      throw new InvalidArgumentError(
        `It takes a whole number from ${words(min)} to ${words(max)}, also as 10k or 1M.`,
      );
    }
    return whole;
  };
}

/** A number that may have a fraction. */
export function decimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It takes a number from ${words(min)} to ${words(max)}.`);
    }
    return value;
  };
}

/** `name=number`, added to the ones before. @param names that there are */
export function setting<Name extends string>(what: string, names: readonly Name[]) {
  const number = decimal(0, 1e12);
  return (text: string, before: Partial<Record<Name, number>> = {}): Partial<Record<Name, number>> => {
    const [name = "", value = ""] = text.split("=", 2);
    const known = names.find((one) => one === name);
    if (known === undefined)
      throw new InvalidArgumentError(`There is no ${what} ${name}: ${names.join(", ")}.`);
    return { ...before, [known]: number(value) };
  };
}

function words(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 20 });
}
