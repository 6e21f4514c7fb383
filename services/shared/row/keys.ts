/** Which field of an object fills which column. */
import { type Column, lowerCamelCase } from "../schema/column.ts";

/**
 * By the field's name: a column's own name goes before protojson's spelling of another one's.
 * @param otherNames columns of fields that are called otherwise, by the field's name
 */
export function columnsByKey(
  columns: readonly Column[],
  otherNames: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, Column> {
  const byKey = new Map<string, Column>();
  for (const column of columns) byKey.set(lowerCamelCase(column.name), column);
  for (const column of columns) byKey.set(column.name, column);
  for (const [key, name] of otherNames) {
    const column = byKey.get(name);
    if (column !== undefined) byKey.set(key, column);
  }
  return byKey;
}
