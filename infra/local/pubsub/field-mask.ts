/** Updates of a resource by a field mask. */
import type { FieldMask } from "./messages.ts";
import { invalidArgument } from "./status-error.ts";

/**
 * The resource with the masked fields taken from the request.
 * @param changeable the fields that an update may name, in lowerCamelCase
 * @throws StatusError INVALID_ARGUMENT for an empty mask or a field that cannot change
 */
export function masked<T extends object>(
  before: T,
  given: T,
  mask: FieldMask | null,
  changeable: readonly string[],
): T {
  const paths = mask?.paths ?? [];
  if (paths.length === 0) throw invalidArgument("The update_mask has no paths");
  const after = { ...before } as Record<string, unknown>;
  for (const path of paths) {
    const field = path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!changeable.includes(field)) {
      throw invalidArgument(`Invalid update_mask provided in the request: "${path}" cannot be updated`);
    }
    after[field] = (given as Record<string, unknown>)[field];
  }
  return after as T;
}
