/** What a row has no column for, as the column `extra`: the data's fields, and beside them `ce`, the event's attributes. */
import { type JsonObject, newObject } from "./fill.ts";

const ATTRIBUTES = "ce";
const OWN = /^_*ce$/;

/** The key of a field of the data: one that is itself called `ce` makes way for the attributes, `_ce` for that one, and so on. */
export function keyInExtra(field: string): string {
  return OWN.test(field) ? `_${field}` : field;
}

/**
 * @param rest the fields of the data that have no column
 * @param attributes the event's, that have none
 * @returns `undefined` when there is nothing
 */
export function extraOf(
  rest: JsonObject | undefined,
  attributes: JsonObject | undefined,
): JsonObject | undefined {
  if (rest === undefined && attributes === undefined) return undefined;
  const extra = newObject();
  for (const [field, value] of Object.entries(rest ?? {})) extra[keyInExtra(field)] = value;
  if (attributes !== undefined) extra[ATTRIBUTES] = attributes;
  return extra;
}
