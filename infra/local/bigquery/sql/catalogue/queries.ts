/** Queries as a whole: names, FROM, joins, set operations, parameters. */
import { type Construct, ordered, query } from "./construct.ts";

export const QUERY_CONSTRUCTS: readonly Construct[] = [
  query("columns without a name are f0_, f1_", "SELECT 1, 'a' AS x, 2, id, id + 1, UPPER(s) FROM odd"),
  query(
    "names keep their case",
    "SELECT Id, S AS Text, BODY.Repository FROM odd CROSS JOIN (SELECT body FROM pull LIMIT 1)",
  ),
  query(
    "SELECT * EXCEPT and REPLACE",
    "SELECT * EXCEPT (raw, words, numbers, ts, dt, d) REPLACE (i + 1 AS i, UPPER(s) AS s) FROM odd",
  ),
  query("t.* beside other columns", "SELECT o.* EXCEPT (f, n, raw), o.id + 1 AS next FROM odd AS o"),
  query("SELECT DISTINCT", "SELECT DISTINCT body.repository, body.method FROM pull"),
  query(
    "subqueries in FROM",
    "SELECT q.n FROM (SELECT COUNT(*) AS n FROM pull GROUP BY ce_id) AS q WHERE q.n > 1",
  ),
  query("a subquery without an alias", "SELECT a FROM (SELECT 1 AS a)"),
  query("scalar subqueries", "SELECT id, (SELECT MAX(x.id) FROM odd AS x WHERE x.id < o.id) FROM odd AS o"),
  query(
    "IN with a subquery",
    "SELECT ce_id FROM pull WHERE body.repository IN (SELECT body.repository FROM pull WHERE body.error.status = 500)",
  ),
  query(
    "NOT IN with a NULL",
    "SELECT id, i NOT IN (SELECT i FROM odd WHERE id > 6), i IN (SELECT i FROM odd WHERE id > 6) FROM odd",
  ),
  query(
    "WITH",
    "WITH a AS (SELECT id, s FROM odd WHERE id < 4), b AS (SELECT id FROM a WHERE id > 1) SELECT a.s, b.id FROM a JOIN b USING (id)",
  ),
  query("WITH in a subquery", "SELECT n FROM (WITH a AS (SELECT 5 AS n) SELECT n FROM a)"),
  query(
    "WITH RECURSIVE",
    "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n, n * n AS square FROM c",
  ),
  query("a WITH query hides a table", "WITH odd AS (SELECT 1 AS one) SELECT one FROM odd"),
  query(
    "JOIN USING, ON and their outer forms",
    "SELECT a.id, b.id AS other FROM odd a LEFT JOIN odd b ON a.id = b.id + 1",
  ),
  query(
    "RIGHT and FULL JOIN",
    "SELECT a.id, b.id AS other FROM (SELECT id FROM odd WHERE id < 4) a FULL OUTER JOIN (SELECT id FROM odd WHERE id > 2 AND id < 6) b ON a.id = b.id",
  ),
  query(
    "USING merges the columns",
    "SELECT * FROM (SELECT id, i FROM odd) JOIN (SELECT id, b FROM odd) USING (id)",
  ),
  query("CROSS JOIN and the comma", "SELECT a.id, b.id AS other FROM odd a, odd b WHERE a.id + b.id = 5"),
  query(
    "joins in parentheses",
    "SELECT a.id FROM odd a JOIN (odd b JOIN odd c ON b.id = c.id) ON a.id = b.id + 1",
  ),
  query(
    "UNION ALL, UNION DISTINCT",
    "SELECT id FROM odd WHERE id < 3 UNION ALL SELECT id FROM odd WHERE id < 4",
  ),
  query("UNION DISTINCT", "SELECT b FROM odd UNION DISTINCT SELECT b FROM odd"),
  query(
    "INTERSECT and EXCEPT",
    "(SELECT id FROM odd WHERE id < 5 INTERSECT DISTINCT SELECT id FROM odd WHERE id > 2) UNION ALL (SELECT id FROM odd WHERE id < 3 EXCEPT DISTINCT SELECT 1)",
  ),
  ordered(
    "ORDER BY and LIMIT of a set operation",
    "SELECT id FROM odd WHERE id < 3 UNION ALL SELECT id FROM odd WHERE id > 8 ORDER BY id DESC LIMIT 3",
  ),
  query("SELECT AS STRUCT", "SELECT (SELECT AS STRUCT MIN(id) AS low, MAX(id) AS high FROM odd) AS bounds"),
  query(
    "a column that is named like a keyword",
    "SELECT body.`when`, `offset` FROM pull CROSS JOIN (SELECT 1 AS `offset`)",
  ),
  query(
    "a condition over nested fields",
    "SELECT ce_id FROM pull WHERE body.error IS NOT NULL AND body.error.status > 401 AND actor.act.email IS NOT NULL",
  ),
  query(
    "the most pulled images",
    "SELECT body.repository, body.tag, COUNT(*) AS pulls, COUNT(DISTINCT actor.subject) AS who, MAX(received_at) AS last FROM pull WHERE body.error IS NULL GROUP BY 1, 2",
  ),
  {
    ...query(
      "named parameters",
      "SELECT id, @text, @many FROM odd WHERE id > @low AND s NOT IN UNNEST(@many) AND d < @day AND ts < @at",
    ),
    parameters: [
      { name: "low", type: { kind: "INT64" }, value: "2" },
      { name: "text", type: { kind: "STRING" }, value: "it's @low ?" },
      { name: "many", type: { kind: "ARRAY", element: { kind: "STRING" } }, value: ["12", "x"] },
      { name: "day", type: { kind: "DATE" }, value: "2026-06-01" },
      { name: "at", type: { kind: "TIMESTAMP" }, value: "2026-06-01T00:00:00.000000Z" },
    ],
  },
  {
    ...ordered("a parameter in LIMIT", "SELECT id FROM odd ORDER BY id LIMIT @n"),
    parameters: [{ name: "n", type: { kind: "INT64" }, value: "2" }],
  },
  query("semicolon and white space at the end", "SELECT 1 AS one ; \n"),
];
