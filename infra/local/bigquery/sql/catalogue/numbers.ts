/** Arithmetic, conversions and conditions. */
import { type Construct, query } from "./construct.ts";

export const NUMBER_CONSTRUCTS: readonly Construct[] = [
  query("/ over INT64 gives FLOAT64", "SELECT id, i / 2, 7 / id, id / 3 FROM odd"),
  query("DIV rounds toward zero", "SELECT id, DIV(i, 2), DIV(i, -2), DIV(-7, 2) FROM odd"),
  query("MOD keeps the sign of the dividend", "SELECT id, MOD(i, 3), MOD(i, -3) FROM odd"),
  query(
    "SAFE_DIVIDE by zero is NULL",
    "SELECT id, SAFE_DIVIDE(id, i), SAFE_DIVIDE(i, 0), SAFE_DIVIDE(f, 2) FROM odd",
  ),
  query(
    "literals are INT64 and FLOAT64",
    "SELECT 1, 1.5, .5, 1e3, 0x1F, -9223372036854775808, 9223372036854775807, -2.5, 2147483647 + 1",
  ),
  query(
    "INT64 arithmetic beyond 32 bits",
    "SELECT id, i * 1000000, i + 3000000000, -i, i - id, id * id FROM odd WHERE id <> 5",
  ),
  query(
    "NUMERIC keeps nine digits",
    "SELECT id, n, n + 1, n - NUMERIC '0.5', -n, n > 1 FROM odd WHERE id <> 5",
  ),
  query("NUMERIC times INT64", "SELECT id, n * 3 FROM odd WHERE id <> 5"),
  query("NUMERIC aggregates", "SELECT SUM(n), MIN(n), MAX(n), COUNT(n) FROM odd WHERE id <> 5"),
  query(
    "CAST of FLOAT64 to INT64 rounds half away from zero",
    "SELECT id, CAST(f AS INT64) FROM odd WHERE f < 1000",
  ),
  query(
    "CAST to STRING",
    "SELECT id, CAST(i AS STRING), CAST(f AS STRING), CAST(n AS STRING), CAST(b AS STRING) FROM odd",
  ),
  query(
    "CAST of FLOAT64 to STRING",
    "SELECT CAST(1.0 AS STRING), CAST(0.1 AS STRING), CAST(1e15 AS STRING), CAST(1e16 AS STRING), CAST(1.5e-7 AS STRING), CAST(123456789.125 AS STRING), CAST(-0.0 AS STRING), CAST(1e21 AS STRING), CAST(1/3 AS STRING)",
  ),
  query(
    "CAST of times to STRING",
    "SELECT id, CAST(ts AS STRING), CAST(dt AS STRING), CAST(d AS STRING) FROM odd",
  ),
  query(
    "CAST from STRING",
    "SELECT CAST('12' AS INT64), CAST('-1.5' AS FLOAT64), CAST('1.25' AS NUMERIC), CAST('TRUE' AS BOOL), CAST('2026-01-02' AS DATE), CAST('2026-01-02 03:04:05.6' AS DATETIME), CAST('2026-01-02T03:04:05Z' AS TIMESTAMP), CAST('2026-01-02 03:04:05+02' AS TIMESTAMP)",
  ),
  query(
    "SAFE_CAST is NULL where CAST fails",
    "SELECT id, SAFE_CAST(s AS INT64), SAFE_CAST(s AS FLOAT64), SAFE_CAST(s AS DATE), SAFE_CAST(s AS BOOL), SAFE_CAST(s AS TIMESTAMP), SAFE_CAST(f AS INT64) FROM odd",
  ),
  query(
    "SAFE_CAST of texts that DuckDB would take",
    "SELECT SAFE_CAST('1.5' AS INT64), SAFE_CAST('t' AS BOOL), SAFE_CAST('1' AS BOOL), SAFE_CAST(' 7 ' AS INT64), SAFE_CAST('' AS INT64)",
  ),
  query(
    "CAST of BOOL and INT64",
    "SELECT id, CAST(b AS INT64), CAST(i AS BOOL), CAST(i AS FLOAT64), CAST(i AS NUMERIC) FROM odd WHERE id <> 5",
  ),
  query(
    "CAST between times",
    "SELECT id, CAST(ts AS DATE), CAST(ts AS DATETIME), CAST(dt AS TIMESTAMP), CAST(d AS TIMESTAMP), CAST(d AS DATETIME), CAST(dt AS DATE) FROM odd",
  ),
  query(
    "ROUND, CEIL, FLOOR, TRUNC give FLOAT64",
    "SELECT id, ROUND(f), ROUND(f, 1), CEIL(f), FLOOR(f), TRUNC(f), ROUND(i), CEIL(i), ROUND(1234.5, -2) FROM odd",
  ),
  query(
    "ABS, SQRT, POW, EXP, LN, LOG10",
    "SELECT id, ABS(i), ABS(f), SQRT(id), POW(id, 2), POWER(2, 0.5), EXP(1), LN(id), LOG10(id) FROM odd WHERE id < 5",
  ),
  query(
    "IF, IFNULL, NULLIF, COALESCE",
    "SELECT id, IF(i > 0, 'pos', 'not'), IFNULL(s, 'none'), NULLIF(i, 7), COALESCE(NULL, i, id) FROM odd",
  ),
  query(
    "CASE with and without an operand",
    "SELECT id, CASE WHEN i > 5 THEN 'big' WHEN i > 0 THEN 'small' ELSE 'none' END, CASE b WHEN TRUE THEN 1 WHEN FALSE THEN 0 END FROM odd",
  ),
  query(
    "comparison with NULL",
    "SELECT id, i = 7, i <> 7, i IS NULL, i IS NOT NULL, b IS TRUE, b IS NOT FALSE, i IS DISTINCT FROM 7, NOT b, b AND i > 0, b OR i > 0 FROM odd",
  ),
  query(
    "BETWEEN and IN",
    "SELECT id, i BETWEEN 0 AND 7, i NOT BETWEEN 0 AND 7, i IN (7, 3), i NOT IN (7, NULL), s IN ('a', '') FROM odd",
  ),
  query("bit operators", "SELECT id, id & 3, id | 8, ~id FROM odd"),
  query(
    "operator precedence",
    "SELECT 1 + 2 * 3, (1 + 2) * 3, -2 + 5, NOT TRUE OR TRUE, 7 - 2 - 1, 2 * 3 / 4, TRUE OR FALSE AND FALSE",
  ),
  query("IS_NAN and IS_INF", "SELECT IS_INF(CAST('inf' AS FLOAT64)), IS_NAN(1.0), IS_INF(1.0)"),
  query(
    "SAFE_CAST of texts that are no times",
    "SELECT SAFE_CAST(t AS TIMESTAMP), SAFE_CAST(t AS DATETIME), SAFE_CAST(t AS DATE) FROM UNNEST(['epoch', 'now', 'infinity', '2026-01-01 00:00', '2026-01-01 25:00:00', '2026-13-01', '2026-01-01', '2026-01-01 (BC)', '20260101', '2026-01-01 01:02:03.5', '']) AS t",
  ),
  query(
    "SAFE_CAST of texts that are times with a zone",
    "SELECT SAFE_CAST(t AS TIMESTAMP) FROM UNNEST(['2026-01-01 01:02:03Z', '2026-01-01T01:02:03.123456+02:00', '2026-01-01 01:02:03 UTC', '2026-01-01 01:02:03 America/New_York', '2026-01-01 01:02:03-08']) AS t",
  ),
  query(
    "FLOAT64 arithmetic",
    "SELECT id, f * 2, f - 1, f + i, f / 3, -f, f > i, f = 2.5, f * 1.5, 0.5 + f FROM odd WHERE id < 5",
  ),
];
