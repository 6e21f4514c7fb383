/** The catalogue of tested constructs: what the local BigQuery claims to answer as BigQuery does. */
import { AGGREGATE_CONSTRUCTS } from "./catalogue/aggregates.ts";
import { ARRAY_CONSTRUCTS } from "./catalogue/arrays.ts";
import type { Construct } from "./catalogue/construct.ts";
import { DATE_CONSTRUCTS } from "./catalogue/dates.ts";
import { ERROR_CONSTRUCTS } from "./catalogue/errors.ts";
import { JSON_CONSTRUCTS } from "./catalogue/json.ts";
import { NUMBER_CONSTRUCTS } from "./catalogue/numbers.ts";
import { QUERY_CONSTRUCTS } from "./catalogue/queries.ts";
import { QUESTION_CONSTRUCTS } from "./catalogue/questions.ts";
import { REPORT_CONSTRUCTS } from "./catalogue/reports.ts";
import { STRING_CONSTRUCTS } from "./catalogue/strings.ts";

export const CATALOGUE: readonly Construct[] = [
  ...QUERY_CONSTRUCTS,
  ...STRING_CONSTRUCTS,
  ...NUMBER_CONSTRUCTS,
  ...DATE_CONSTRUCTS,
  ...JSON_CONSTRUCTS,
  ...ARRAY_CONSTRUCTS,
  ...AGGREGATE_CONSTRUCTS,
  ...ERROR_CONSTRUCTS,
  ...REPORT_CONSTRUCTS,
  ...QUESTION_CONSTRUCTS,
];
