/** One function call as the function catalogue sees it, and the shape of a catalogue entry. */
import type { LiteralValue } from "../literals.ts";
import type { Node } from "../node.ts";

export interface Call {
  /** Upper case, as in Google's reference. */
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly distinct: boolean;
  /** DuckDB text of argument `index`. */
  arg(index: number): string;
  /** All arguments, separated by commas. */
  args(): string;
  /** The value of an argument that has to be a string literal, such as a format or a JSON path. */
  literal(index: number): LiteralValue;
  /** The value of an argument that has to be an integer literal. */
  integer(index: number): number;
  /** A date part in upper case: `DAY`, `ISOWEEK`, `WEEK(MONDAY)`. */
  part(index: number): string;
  /** DuckDB text of an INTERVAL argument. */
  interval(index: number): string;
  /** Refuses this call for a reason. */
  refuse(what: string, instead?: string): never;
}

export interface FunctionRule {
  readonly min: number;
  readonly max: number;
  readonly sql: (call: Call) => string;
  /** An aggregate or window function; only these may be followed by OVER. */
  readonly over?: "allowed" | "required";
  /** May be written with DISTINCT before its first argument. */
  readonly distinct?: boolean;
}

export type FunctionTable = Readonly<Record<string, FunctionRule>>;

/** A scalar function that takes between `min` and `max` arguments. */
export function scalar(min: number, max: number, sql: (call: Call) => string): FunctionRule {
  return { min, max, sql };
}

/** A scalar function that DuckDB has under another name (or the same) with the same meaning. */
export function same(name: string, min: number, max = min): FunctionRule {
  return { min, max, sql: (call) => `${name}(${call.args()})` };
}

/** An aggregate that DuckDB has with the same meaning. */
export function aggregate(sql: (call: Call) => string, count: { min: number; max: number }): FunctionRule {
  return { ...count, sql, over: "allowed", distinct: true };
}
