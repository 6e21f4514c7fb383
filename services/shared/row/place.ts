/** Where in an event's data something stands, kept as links: a pointer's text is made only of what does not fit. */
import type { Reason } from "./reason.ts";

/** `undefined` in its stead is the data itself. */
export interface Place {
  readonly within: Place | undefined;
  /** Of an object's member, or the index in an array. */
  readonly key: string | number;
}

/** How many levels below the data's top. */
export function depthOf(place: Place | undefined): number {
  let depth = 0;
  for (let at = place; at !== undefined; at = at.within) depth += 1;
  return depth;
}

/** @param key below `within` */
export function reasonAt(
  within: Place | undefined,
  key: string | number,
  rule: string,
  found: string,
): Reason {
  let pointer = `/${escaped(key)}`;
  for (let at = within; at !== undefined; at = at.within) pointer = `/${escaped(at.key)}${pointer}`;
  return { pointer, rule, found };
}

/** RFC 6901, section 4. */
function escaped(key: string | number): string {
  return typeof key === "number" ? `${key}` : key.replaceAll("~", "~0").replaceAll("/", "~1");
}
