/** Aggregates, grouping and windows. */
import type { ColumnType } from "../check/values.ts";
import { type Construct, ordered, query } from "./construct.ts";

const STRING: ColumnType = { kind: "STRING" };
const INT64: ColumnType = { kind: "INT64" };

export const AGGREGATE_CONSTRUCTS: readonly Construct[] = [
  query(
    "COUNT, COUNT(DISTINCT), COUNTIF",
    "SELECT body.repository, COUNT(*), COUNT(body.tag), COUNT(DISTINCT body.tag), COUNTIF(body.method = 'GET'), COUNTIF(body.error.status >= 403) FROM pull GROUP BY body.repository",
  ),
  query(
    "SUM, AVG, MIN, MAX with their types",
    "SELECT SUM(i), AVG(i), MIN(i), MAX(i), SUM(f), AVG(id), MIN(s), MAX(ts), MIN(d), SUM(DISTINCT id) FROM odd WHERE id <> 5 AND id <> 8",
  ),
  query(
    "aggregates over no rows",
    "SELECT COUNT(*), SUM(i), MAX(s), ARRAY_AGG(i), STRING_AGG(s), COUNTIF(b), LOGICAL_OR(b), AVG(f) FROM odd WHERE id > 100",
  ),
  query(
    "LOGICAL_AND, LOGICAL_OR, BIT_OR",
    "SELECT LOGICAL_AND(b), LOGICAL_OR(b), BIT_AND(id), BIT_OR(id), BIT_XOR(id) FROM odd",
  ),
  query(
    "STDDEV and VARIANCE",
    "SELECT STDDEV(id), STDDEV_POP(id), VARIANCE(id), VAR_POP(id), STDDEV_SAMP(f) FROM odd WHERE id < 5",
  ),
  query(
    "STRING_AGG with ORDER BY, LIMIT and DISTINCT",
    "SELECT body.method, STRING_AGG(DISTINCT body.tag ORDER BY body.tag), STRING_AGG(body.repository, '|' ORDER BY ce_id, received_at LIMIT 3) FROM pull GROUP BY body.method",
  ),
  query(
    "STRING_AGG ignores NULL",
    "SELECT STRING_AGG(s, ';' ORDER BY id), STRING_AGG(s ORDER BY id DESC) FROM odd",
  ),
  query(
    "ARRAY_AGG with ORDER BY and LIMIT",
    "SELECT body.method, ARRAY_AGG(ce_id ORDER BY received_at DESC, ce_id LIMIT 3) FROM pull GROUP BY body.method",
  ),
  query(
    "ARRAY_AGG IGNORE NULLS and DISTINCT",
    "SELECT body.method, ARRAY_AGG(DISTINCT body.tag IGNORE NULLS ORDER BY body.tag), ARRAY_AGG(body.error.status IGNORE NULLS ORDER BY body.error.status LIMIT 2) FROM pull GROUP BY body.method",
  ),
  query(
    "ARRAY_AGG of structs",
    "SELECT body.method, ARRAY_AGG(STRUCT(ce_id, body.tag AS tag) ORDER BY ce_id, received_at LIMIT 2) FROM pull GROUP BY body.method",
  ),
  query("ARRAY_CONCAT_AGG", "SELECT ARRAY_LENGTH(ARRAY_CONCAT_AGG(numbers)) FROM odd"),
  query(
    "ANY_VALUE with HAVING MAX and MIN",
    "SELECT body.method, ANY_VALUE(body.digest HAVING MAX body.digest), ANY_VALUE(body.digest HAVING MIN body.digest) FROM pull GROUP BY body.method",
  ),
  query("ANY_VALUE of one value", "SELECT body.repository, ANY_VALUE(body.repository) FROM pull GROUP BY 1"),
  {
    ...query(
      "APPROX_COUNT_DISTINCT is exact here",
      "SELECT APPROX_COUNT_DISTINCT(body.repository), APPROX_COUNT_DISTINCT(ce_id) FROM pull",
    ),
    documented: {
      why: "the reference implementation has no APPROX_ functions",
      source: "Approximate aggregate functions: an estimate of COUNT(DISTINCT); six repositories, 270 ids",
      answer: {
        columns: [
          { name: "f0_", type: INT64 },
          { name: "f1_", type: INT64 },
        ],
        rows: [["6", "270"]],
      },
    },
  },
  {
    ...query(
      "APPROX_QUANTILES",
      "SELECT APPROX_QUANTILES(x, 2), APPROX_QUANTILES(x, 4)[OFFSET(2)] FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x",
    ),
    documented: {
      why: "the reference implementation has no APPROX_ functions",
      source: "APPROX_QUANTILES, first example: [1, 5, 10]",
      answer: {
        columns: [
          { name: "f0_", type: { kind: "ARRAY", element: INT64 } },
          { name: "f1_", type: INT64 },
        ],
        rows: [[["1", "5", "10"], "5"]],
      },
    },
  },
  {
    ...query(
      "MAX_BY and MIN_BY",
      "SELECT MAX_BY(fruit, sold), MIN_BY(fruit, sold) FROM UNNEST([STRUCT('apple' AS fruit, 6 AS sold), ('pear', 3), ('fig', 9)])",
    ),
    documented: {
      why: "younger than the reference implementation at hand",
      source: "Aggregate functions: MAX_BY is a synonym for ANY_VALUE(x HAVING MAX y)",
      answer: {
        columns: [
          { name: "f0_", type: STRING },
          { name: "f1_", type: STRING },
        ],
        rows: [["fig", "pear"]],
      },
    },
  },
  query(
    "GROUP BY an alias that is a column, too",
    "SELECT LOWER(actor.act.email) AS email, COUNT(*) AS n FROM pull GROUP BY email",
  ),
  query(
    "the alias comes first in GROUP BY",
    "SELECT LOWER(s) AS s, COUNT(*) AS n FROM (SELECT 'A' AS s UNION ALL SELECT 'a') GROUP BY s",
  ),
  query(
    "GROUP BY ordinals and expressions",
    "SELECT DATE(ce_time) AS day, body.method, COUNT(*) AS n FROM pull GROUP BY 1, body.method",
  ),
  query(
    "GROUP BY an expression with a guard",
    "SELECT TIMESTAMP_ADD(TIMESTAMP_TRUNC(ce_time, DAY), INTERVAL 1 DAY) AS next, COUNT(*) AS n FROM pull GROUP BY TIMESTAMP_ADD(TIMESTAMP_TRUNC(ce_time, DAY), INTERVAL 1 DAY)",
  ),
  query(
    "HAVING with an alias",
    "SELECT body.repository AS repository, COUNT(*) AS n FROM pull GROUP BY repository HAVING n > 40 AND COUNT(DISTINCT body.tag) > 2",
  ),
  {
    ...query("GROUP BY ALL", "SELECT b, COUNT(*) AS n FROM odd WHERE id < 4 GROUP BY ALL"),
    documented: {
      why: "younger than the reference implementation at hand",
      source: "Query syntax, GROUP BY ALL: groups by every expression of the list that is no aggregate",
      answer: {
        columns: [
          { name: "b", type: { kind: "BOOL" } },
          { name: "n", type: INT64 },
        ],
        rows: [
          [true, "2"],
          [false, "1"],
        ],
      },
    },
  },
  {
    ...query(
      "GROUP BY ROLLUP",
      "SELECT a, b, SUM(n) AS total FROM UNNEST([STRUCT('x' AS a, 1 AS b, 10 AS n), ('x', 2, 20), ('y', 1, 5)]) GROUP BY ROLLUP(a, b)",
    ),
    documented: {
      why: "the reference implementation at hand has no ROLLUP",
      source: "Query syntax, GROUP BY ROLLUP: the sums of (a, b), of (a) and of everything",
      answer: {
        columns: [
          { name: "a", type: STRING },
          { name: "b", type: INT64 },
          { name: "total", type: INT64 },
        ],
        rows: [
          ["x", "1", "10"],
          ["x", "2", "20"],
          ["y", "1", "5"],
          ["x", null, "30"],
          ["y", null, "5"],
          [null, null, "35"],
        ],
      },
    },
  },
  query(
    "QUALIFY keeps the first of each",
    "SELECT ce_id, received_at FROM pull WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ce_id ORDER BY received_at, body.digest) = 1",
  ),
  query(
    "ROW_NUMBER, RANK, DENSE_RANK",
    "SELECT id, ROW_NUMBER() OVER (ORDER BY id), RANK() OVER (ORDER BY b), DENSE_RANK() OVER (ORDER BY b DESC) FROM odd",
  ),
  query(
    "PERCENT_RANK, CUME_DIST, NTILE",
    "SELECT id, PERCENT_RANK() OVER (ORDER BY id), CUME_DIST() OVER (ORDER BY b), NTILE(3) OVER (ORDER BY id) FROM odd",
  ),
  query(
    "windows order NULLs first",
    "SELECT id, ROW_NUMBER() OVER (ORDER BY i, id), ROW_NUMBER() OVER (ORDER BY i DESC, id) FROM odd",
  ),
  query(
    "LAG, LEAD, FIRST_VALUE, LAST_VALUE",
    "SELECT id, LAG(i) OVER (ORDER BY id), LAG(i, 2, -99) OVER (ORDER BY id), LEAD(s) OVER (ORDER BY id), FIRST_VALUE(i) OVER (ORDER BY id), LAST_VALUE(i) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), NTH_VALUE(s, 2) OVER (ORDER BY id) FROM odd",
  ),
  query(
    "FIRST_VALUE and LAST_VALUE IGNORE NULLS",
    "SELECT id, FIRST_VALUE(i IGNORE NULLS) OVER (ORDER BY id DESC), LAST_VALUE(i IGNORE NULLS) OVER (ORDER BY id) FROM odd",
  ),
  query(
    "aggregates over windows and frames",
    "SELECT id, SUM(id) OVER (ORDER BY id), COUNT(*) OVER (), AVG(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), SUM(id) OVER (PARTITION BY b ORDER BY id ROWS UNBOUNDED PRECEDING), COUNTIF(b) OVER (ORDER BY id) FROM odd",
  ),
  query(
    "RANGE frames",
    "SELECT id, SUM(id) OVER (ORDER BY id RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) FROM odd",
  ),
  query(
    "named windows",
    "SELECT id, SUM(id) OVER w, COUNT(*) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM odd WINDOW w AS (PARTITION BY b ORDER BY id)",
  ),
  query(
    "PERCENTILE_CONT and PERCENTILE_DISC",
    "SELECT id, PERCENTILE_CONT(f, 0.5) OVER (), PERCENTILE_CONT(id, 0.9) OVER (PARTITION BY b), PERCENTILE_DISC(id, 0.5) OVER (PARTITION BY b) FROM odd WHERE id <> 7",
  ),
  ordered("ORDER BY puts NULLs first, and last with DESC", "SELECT i FROM odd ORDER BY i"),
  ordered("ORDER BY DESC puts NULLs last", "SELECT i FROM odd ORDER BY i DESC"),
  ordered("ORDER BY NULLS LAST", "SELECT i FROM odd ORDER BY i ASC NULLS LAST"),
  ordered("ORDER BY NULLS FIRST", "SELECT i FROM odd ORDER BY i DESC NULLS FIRST"),
  ordered("ORDER BY an alias that is a column, too", "SELECT -id AS id FROM odd ORDER BY id"),
  ordered("ORDER BY an expression of an alias", "SELECT -id AS id FROM odd ORDER BY id + 0"),
  query(
    "the alias comes first in QUALIFY",
    "SELECT -id AS id, i FROM odd WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY id) < 4 AND id > -10",
  ),
  query("an alias in HAVING", "SELECT b, SUM(i) AS i FROM odd WHERE id <> 5 GROUP BY b HAVING i > 3"),
  query(
    "an alias in QUALIFY",
    "SELECT id, RANK() OVER (ORDER BY b) AS place FROM odd WHERE TRUE QUALIFY place > 1",
  ),
  ordered(
    "ORDER BY an aggregate and an alias of one",
    "SELECT b, SUM(id) AS total FROM odd GROUP BY b ORDER BY -total, COUNT(*)",
  ),
  ordered("ORDER BY ordinals and strings", "SELECT s, id FROM odd ORDER BY 1 DESC, 2"),
  ordered("LIMIT and OFFSET", "SELECT id FROM odd ORDER BY id LIMIT 3 OFFSET 2"),
];
