/** Subjects with wildcards (https://docs.nats.io/nats-concepts/subjects#wildcards). */

/** Whether every subject that `narrow` matches is matched by `wide`. */
export function covers(wide: string, narrow: string): boolean {
  const wanted = narrow.split(".");
  const given = wide.split(".");
  for (const [place, token] of given.entries()) {
    const other = wanted[place];
    if (other === undefined) return false;
    if (token === ">") return true;
    if (other === ">" || (token !== "*" && token !== other)) return false;
  }
  return given.length === wanted.length;
}
