/** Array functions (Google: "Array functions"). */
import { type FunctionTable, same, scalar } from "./call.ts";

export const ARRAY_FUNCTIONS: FunctionTable = {
  ARRAY_LENGTH: same("len", 1),
  ARRAY_REVERSE: same("list_reverse", 1),
  ARRAY_CONCAT: scalar(1, 99, (call) => `(${call.nodes.map((_, index) => call.arg(index)).join(" || ")})`),
  ARRAY_TO_STRING: scalar(2, 3, (call) =>
    call.nodes.length === 2 ? `array_to_string(${call.args()})` : `bq_array_to_string(${call.args()})`,
  ),
  GENERATE_ARRAY: scalar(2, 3, (call) => {
    const step = call.nodes.length > 2 ? call.arg(2) : "1";
    return `bq_generate_array(${call.arg(0)}, ${call.arg(1)}, ${step})`;
  }),
  GENERATE_DATE_ARRAY: scalar(2, 3, (call) => {
    const step = call.nodes.length > 2 ? call.interval(2) : "to_days(1)";
    return `bq_generate_date_array(${call.arg(0)}, ${call.arg(1)}, ${step})`;
  }),
  GENERATE_TIMESTAMP_ARRAY: scalar(
    3,
    3,
    (call) =>
      `generate_series(CAST(${call.arg(0)} AS TIMESTAMPTZ), CAST(${call.arg(1)} AS TIMESTAMPTZ), ${call.interval(2)})`,
  ),
};
