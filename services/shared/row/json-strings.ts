/** Replaces strings in the text of a JSON document; every other byte of it stays as it came. */

/** A string from its first quote on, and what makes it a key. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const COLON = /[ \t\n\r]*:/y;

/** @param replace gets a string and the key before it (`""` for a key); `null` becomes JSON's null */
export function replaceStrings(json: string, replace: (value: string, key: string) => string | null): string {
  let key = "";
  let result = "";
  let from = 0;
  let end = 0;
  for (let start = json.indexOf('"'); start !== -1; start = json.indexOf('"', end)) {
    STRING.lastIndex = start;
    const literal = STRING.exec(json)?.[0];
    // Without its other quote it is no JSON, and stays.
    if (literal === undefined) break;
    end = start + literal.length;
    COLON.lastIndex = end;
    const isKey = COLON.test(json);
    const value = JSON.parse(literal) as string;
    // A key may name somebody, too, as in a map by user.
    const after = isKey ? (replace(value, "") ?? "") : replace(value, key);
    if (isKey) key = value;
    if (after === value) continue;
    result += json.slice(from, start) + JSON.stringify(after);
    from = end;
  }
  return result + json.slice(from);
}
