/** Mathematical, conditional and conversion functions (Google: "Mathematical functions"). */
import { type Call, type FunctionTable, same, scalar } from "./call.ts";

/** GoogleSQL's result is NULL when one argument is; DuckDB's greatest() and least() skip NULLs. */
function nullIfAny(name: string): (call: Call) => string {
  return (call) => {
    const nulls = call.nodes.map((_, index) => `${call.arg(index)} IS NULL`).join(" OR ");
    return `CASE WHEN ${nulls} THEN NULL ELSE ${name}(${call.args()}) END`;
  };
}

/** These return FLOAT64 for INT64 in GoogleSQL; over NUMERIC they would return NUMERIC, which is guarded. */
function float(name: string): (call: Call) => string {
  return (call) => {
    const digits = call.nodes.length > 1 ? `, CAST(${call.arg(1)} AS INTEGER)` : "";
    return `${name}(CAST(bq_not_numeric(${call.arg(0)}) AS DOUBLE)${digits})`;
  };
}

export const NUMBER_FUNCTIONS: FunctionTable = {
  ABS: same("abs", 1),
  ROUND: scalar(1, 2, float("round")),
  CEIL: scalar(1, 1, float("ceil")),
  CEILING: scalar(1, 1, float("ceil")),
  FLOOR: scalar(1, 1, float("floor")),
  TRUNC: scalar(1, 1, float("trunc")),
  SQRT: scalar(1, 1, float("sqrt")),
  EXP: scalar(1, 1, float("exp")),
  LN: scalar(1, 1, float("ln")),
  LOG10: scalar(1, 1, float("log10")),
  POW: scalar(2, 2, (call) => `pow(CAST(${call.arg(0)} AS DOUBLE), CAST(${call.arg(1)} AS DOUBLE))`),
  POWER: scalar(2, 2, (call) => `pow(CAST(${call.arg(0)} AS DOUBLE), CAST(${call.arg(1)} AS DOUBLE))`),
  RAND: scalar(0, 0, () => "random()"),
  DIV: same("bq_div", 2),
  MOD: same("bq_mod", 2),
  SAFE_DIVIDE: same("bq_safe_divide", 2),
  IS_NAN: same("isnan", 1),
  IS_INF: same("isinf", 1),
  GREATEST: scalar(1, 99, nullIfAny("greatest")),
  LEAST: scalar(1, 99, nullIfAny("least")),

  COALESCE: same("coalesce", 1, 99),
  IFNULL: same("coalesce", 2),
  NULLIF: same("nullif", 2),
  // Evaluated like any other expression: where IF, CASE or COALESCE does not choose it, it does not fail.
  ERROR: scalar(1, 1, (call) => `error(regexp_replace(coalesce(${call.arg(0)}, ''), '\\s+', ' ', 'g'))`),
  IF: scalar(3, 3, (call) => `CASE WHEN ${call.arg(0)} THEN ${call.arg(1)} ELSE ${call.arg(2)} END`),
};
