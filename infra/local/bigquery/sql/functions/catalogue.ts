/** Every function that the translation knows; a call of any other is refused by name. */
import { AGGREGATE_FUNCTIONS } from "./aggregates.ts";
import { ARRAY_FUNCTIONS } from "./arrays.ts";
import type { FunctionTable } from "./call.ts";
import { DATE_FUNCTIONS } from "./dates.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { STRING_FUNCTIONS } from "./strings.ts";

export const FUNCTIONS: FunctionTable = {
  ...STRING_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...DATE_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...ARRAY_FUNCTIONS,
  ...AGGREGATE_FUNCTIONS,
};

/** What to write instead of functions that people are likely to try. */
export const INSTEAD: Readonly<Record<string, string>> = {
  APPROX_TOP_COUNT: "use GROUP BY ... ORDER BY COUNT(*) DESC LIMIT n",
  APPROX_TOP_SUM: "use GROUP BY ... ORDER BY SUM(...) DESC LIMIT n",
  FARM_FINGERPRINT: "use TO_HEX(SHA256(...))",
  FORMAT: "use CONCAT and CAST",
  SAFE_ADD: "use SAFE_CAST or IF",
  TIMESTAMP_BUCKET: "use TIMESTAMP_TRUNC",
};
