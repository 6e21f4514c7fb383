/** Reads and changes JSON whose type is only known from its API's description. */

export type Json = { [name: string]: unknown };

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @param path for example `template.containers`; arrays are not entered */
export function at(json: unknown, path: string): unknown {
  let value = json;
  for (const name of path.split(".")) value = isRecord(value) ? value[name] : undefined;
  return value;
}

/** The text at a path; empty if there is none. */
export function textAt(json: unknown, path: string): string {
  const value = at(json, path);
  return typeof value === "string" ? value : "";
}

/** The number at a path, also one that is written as text; NaN if there is none. */
export function numberAt(json: unknown, path: string): number {
  const value = at(json, path);
  return typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
}

export function recordAt(json: unknown, path: string): Json {
  const value = at(json, path);
  return isRecord(value) ? value : {};
}

/** The objects of the array at a path; empty if there is none. */
export function recordsAt(json: unknown, path: string): readonly Json[] {
  const value = at(json, path);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The texts of the array at a path; empty if there is none. */
export function textsAt(json: unknown, path: string): readonly string[] {
  const value = at(json, path);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Sets what is at a path, or removes it if the value is undefined. */
export function setAt(json: Json, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() as string;
  let parent = json;
  for (const name of names) {
    const next = parent[name];
    const child = isRecord(next) ? next : {};
    parent[name] = child;
    parent = child;
  }
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

/** `max_duration` as `maxDuration`: field masks may come in either spelling. */
export function camelCase(path: string): string {
  return path.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Every text in a value, however deep. */
export function* textsOf(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsOf(item);
  else if (isRecord(value)) for (const item of Object.values(value)) yield* textsOf(item);
}
