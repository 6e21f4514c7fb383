/** JSON values that keep what a double cannot: a number stays the text that the sender wrote. */

/** A number by its source text; `JSON.stringify` writes the text back. */
export interface RawNumber {
  readonly rawJSON: string;
}

export type Json = string | boolean | null | RawNumber | readonly Json[] | { readonly [key: string]: Json };

/** Node 24 has https://github.com/tc39/proposal-json-parse-with-source, TypeScript's library not yet. */
interface JsonWithSource {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as JsonWithSource;

/** @param text a number as RFC 8259, section 6, has it */
export function rawNumber(text: string): RawNumber {
  return json.rawJSON(text);
}

export function isNumber(value: Json): value is RawNumber {
  return json.isRawJSON(value);
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !json.isRawJSON(value);
}

/** An object as JSON without its braces, so that other members can stand beside its own; empty for an empty one. */
export function membersOf(object: { readonly [key: string]: Json }): string {
  return JSON.stringify(object).slice(1, -1);
}
