/** JSON functions and the paths they take (Google: "JSON functions", "JSONPath format"). */
import { duckString } from "../literals.ts";
import { type Call, type FunctionTable, same, scalar } from "./call.ts";

export const JSON_FUNCTIONS: FunctionTable = {
  PARSE_JSON: scalar(1, 1, (call) => `json(${call.arg(0)})`),
  TO_JSON_STRING: same("bq_to_json_string", 1),
  JSON_VALUE: scalar(1, 2, value),
  JSON_EXTRACT_SCALAR: scalar(1, 2, value),
  JSON_QUERY: scalar(1, 2, query),
  JSON_EXTRACT: scalar(1, 2, query),
  JSON_QUERY_ARRAY: scalar(1, 2, array),
  JSON_EXTRACT_ARRAY: scalar(1, 2, array),
  JSON_VALUE_ARRAY: scalar(1, 2, (call) => `bq_json_value_array(${call.arg(0)}, ${path(call)})`),
  JSON_TYPE: same("bq_json_type", 1),
  STRING: scalar(1, 1, (call) => `bq_json_string(${call.arg(0)})`),
  INT64: scalar(1, 1, (call) => `bq_json_int64(${call.arg(0)})`),
  FLOAT64: scalar(1, 1, (call) => `bq_json_float64(${call.arg(0)})`),
  BOOL: scalar(1, 1, (call) => `bq_json_bool(${call.arg(0)})`),
};

function value(call: Call): string {
  return `bq_json_value(${call.arg(0)}, ${path(call)})`;
}

function query(call: Call): string {
  return `bq_json_query(${call.arg(0)}, ${path(call)})`;
}

function array(call: Call): string {
  return `bq_json_query_array(${call.arg(0)}, ${path(call)})`;
}

const STEP = /\.([A-Za-z_][\w-]*)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/gy;

/** GoogleSQL's path in DuckDB's spelling; the members are always quoted, so a dot in a name stays a dot. */
function path(call: Call): string {
  if (call.nodes.length < 2) return "'$'";
  const source = call.literal(1).value;
  if (!source.startsWith("$")) call.refuse(`with the path ${JSON.stringify(source)}`, "start it with $");
  STEP.lastIndex = 1;
  let out = "$";
  let at = 1;
  while (at < source.length) {
    const step = STEP.exec(source);
    if (step === null) return call.refuse(`with the path ${JSON.stringify(source)}`);
    const index = step[3];
    const member = step[1] ?? step[2] ?? step[4] ?? step[5];
    if (member?.includes('"') || member?.includes("\\")) call.refuse("with a quote inside a path");
    out += index === undefined ? `."${member}"` : `[${index}]`;
    at = STEP.lastIndex;
  }
  return duckString(out);
}
