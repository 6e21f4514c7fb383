/** Numbers within limits, refused in Google's words. */
import { invalidArgument } from "./status-error.ts";

/**
 * @param field as it is called on the wire, with its unit where the number alone does not tell
 * @throws StatusError INVALID_ARGUMENT
 */
export function checkRange(field: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  const [size, bound, limit] = value > max ? ["large", "maximum", max] : ["small", "minimum", min];
  throw invalidArgument(
    `The value for ${field} is too ${size}. You passed ${value} in the request, but the ${bound} value is ${limit}.`,
  );
}
