/** Replaces strings in the text of a JSON document; every other byte of it stays as it came. */

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs;

/** @param replace gets a string and the key before it (`""` for a key); `null` becomes JSON's null */
export function replaceStrings(json: string, replace: (value: string, key: string) => string | null): string {
  let key = "";
  return json.replaceAll(STRING, (token: string, colon: string | undefined) => {
    const literal = colon === undefined ? token : token.slice(0, token.length - colon.length);
    const value = JSON.parse(literal) as string;
    if (colon === undefined) {
      const after = replace(value, key);
      return after === value ? token : JSON.stringify(after);
    }
    key = value;
    // A key may name somebody, too, as in a map by user.
    const after = replace(value, "");
    return after === value ? token : `${JSON.stringify(after ?? "")}${colon}`;
  });
}
