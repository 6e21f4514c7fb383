/** Which event type a file holds, as far as the names of its folders and its own say. */
import type { Registry } from "#services/shared/schema/registry.ts";

/**
 * Returns the type of the nearest name that says one; `undefined` when none does.
 * @param names the folders above the file, from the top, and its own name
 * @param placed how many of them the user has named; there a type without a schema is any folder with a point in its name
 */
export type TypeOf = (names: readonly string[], placed: number) => string | undefined;

/**
 * The recorder's `<type>/<YYYY-MM-DD>/<time of the flush>`
 * (https://github.com/chainguard-dev/terraform-infra-common/blob/main/modules/cloudevent-recorder/cmd/recorder/main.go), or with
 * `method = "gcs"` Pub/Sub's `<type>/<time>_<id>`: below a type there is a date.
 */
const DATE = /^\d{4}-\d{2}-\d{2}/;
const DOTTED = /^[^.].*\../;

/** `bq extract` writes `<table>-000000000012.json.gz`. */
const ENDING = /(?:[-_]?\d{12})?(?:\.(?:json|jsonl|ndjson))?(?:\.gz)?$/;

export function createTypeOf(registry: Registry): TypeOf {
  const types = new Map<string, string>();
  for (const { type, table } of registry.tables.values())
    if (registry.find(type) !== undefined) types.set(type, type).set(table, type);
  return (names, placed) => {
    const last = names.length - 1;
    const own = types.get((names[last] ?? "").replace(ENDING, ""));
    if (own !== undefined) return own;
    for (let index = last - 1; index >= 0; index--) {
      const name = decoded(names[index] as string);
      const known = types.get(name);
      if (known !== undefined) return known;
      if (index >= placed && DOTTED.test(name) && DATE.test(names[index + 1] as string)) return name;
    }
    return undefined;
  };
}

/** The recorder percent-encodes what is neither letter nor digit nor one of `._-`. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
