/** A request's headers, read straight from what Node parsed: Fetch's `Headers` costs ten times as much to fill. */

/** The part of `Headers` that the senders' code needs. */
export interface RequestHeaders {
  /** @param name in lower case @returns the values of all headers of the name, joined with a comma */
  get(name: string): string | null;
  /** Names in lower case, each once. */
  [Symbol.iterator](): Iterator<[string, string]>;
  /** The name of a header that stands more than once and has one value only. */
  readonly repeated?: string | undefined;
}

/** CloudEvents' attributes and the credentials: joined, two of a name would be a third value that nobody sent. */
const isSingle = (name: string) => name === "authorization" || name.startsWith("ce-");

/**
 * Every header of a name counts, where Node's own `headers` keeps the first of some: a second `Authorization` must not
 * go unseen.
 * @param raw names and values in turn (https://nodejs.org/docs/latest-v24.x/api/http.html#messagerawheaders)
 */
export function requestHeaders(raw: readonly string[]): RequestHeaders {
  const values = new Map<string, string>();
  let repeated: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const value = trimBlanks(raw[index + 1] as string);
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}, ${value}`);
    if (before !== undefined && isSingle(name)) repeated ??= name;
  }
  return {
    repeated,
    get: (name) => values.get(name) ?? null,
    [Symbol.iterator]: () => values.entries(),
  };
}

/** Blanks around a value are no part of it (https://www.rfc-editor.org/rfc/rfc9110#section-5.5); others are. */
function trimBlanks(value: string): string {
  let [from, to] = [0, value.length];
  while (from < to && isBlank(value.charCodeAt(from))) from += 1;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

const isBlank = (code: number) => code === 0x20 || code === 0x09;
