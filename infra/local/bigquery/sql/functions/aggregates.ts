/** Aggregate, approximate and window functions that need no grammar of their own. */
import { aggregate, type Call, type FunctionRule, type FunctionTable } from "./call.ts";

const ONE = { min: 1, max: 1 };
const TWO = { min: 2, max: 2 };

function plain(name: string): FunctionRule {
  return aggregate((call) => `${name}(${distinct(call)}${call.args()})`, ONE);
}

/** Result type FLOAT64; over NUMERIC GoogleSQL stays in NUMERIC, so that is guarded. */
function float(name: string): FunctionRule {
  return aggregate((call) => `${name}(${distinct(call)}bq_not_numeric(${call.arg(0)}))`, ONE);
}

function distinct(call: Call): string {
  return call.distinct ? "DISTINCT " : "";
}

function windowOnly(name: string, min: number, max: number): FunctionRule {
  return { min, max, sql: (call) => `${name}(${call.args()})`, over: "required" };
}

export const AGGREGATE_FUNCTIONS: FunctionTable = {
  SUM: plain("sum"),
  AVG: float("avg"),
  MIN: plain("min"),
  MAX: plain("max"),
  COUNTIF: aggregate((call) => `count(${distinct(call)}CASE WHEN ${call.arg(0)} THEN TRUE END)`, ONE),
  LOGICAL_AND: plain("bool_and"),
  LOGICAL_OR: plain("bool_or"),
  BIT_AND: plain("bit_and"),
  BIT_OR: plain("bit_or"),
  BIT_XOR: plain("bit_xor"),
  STDDEV: float("stddev_samp"),
  STDDEV_SAMP: float("stddev_samp"),
  STDDEV_POP: float("stddev_pop"),
  VARIANCE: float("var_samp"),
  VAR_SAMP: float("var_samp"),
  VAR_POP: float("var_pop"),
  MAX_BY: aggregate((call) => `arg_max_null(${call.args()})`, TWO),
  MIN_BY: aggregate((call) => `arg_min_null(${call.args()})`, TWO),
  // Exact: an approximation may be, and a sketch that is off on twenty rows helps nobody.
  APPROX_COUNT_DISTINCT: aggregate((call) => `count(DISTINCT ${call.arg(0)})`, ONE),
  APPROX_QUANTILES: {
    ...TWO,
    sql: (call) => {
      const count = call.integer(1);
      if (count < 1) call.refuse("with no quantile");
      const steps = Array.from({ length: count + 1 }, (_, index) => `${index}/${count}.0`);
      return `quantile_disc(${distinct(call)}${call.arg(0)}, [${steps.join(", ")}])`;
    },
    distinct: true,
  },
  ARRAY_CONCAT_AGG: { ...ONE, sql: (call) => `flatten(list(${call.arg(0)}))` },

  ROW_NUMBER: windowOnly("row_number", 0, 0),
  RANK: windowOnly("rank", 0, 0),
  DENSE_RANK: windowOnly("dense_rank", 0, 0),
  PERCENT_RANK: windowOnly("percent_rank", 0, 0),
  CUME_DIST: windowOnly("cume_dist", 0, 0),
  NTILE: windowOnly("ntile", 1, 1),
  PERCENTILE_CONT: {
    ...TWO,
    sql: (call) => `quantile_cont(CAST(bq_not_numeric(${call.arg(0)}) AS DOUBLE), ${call.arg(1)})`,
    over: "required",
  },
  PERCENTILE_DISC: { ...TWO, sql: (call) => `quantile_disc(${call.args()})`, over: "required" },
};
