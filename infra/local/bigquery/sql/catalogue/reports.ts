/** Queries as users write them over the events. */
import { type Construct, ordered, query } from "./construct.ts";

export const REPORT_CONSTRUCTS: readonly Construct[] = [
  ordered(
    "the most pulled",
    "SELECT COUNT(*) c, body.repository r FROM pull GROUP BY r ORDER BY c DESC, r LIMIT 5",
  ),
  ordered(
    "pulls by hour, written out",
    "SELECT FORMAT_TIMESTAMP('%Y-%m-%dT%H:00:00Z', TIMESTAMP_TRUNC(ce_time, HOUR)) AS h, COUNT(*) AS n FROM pull WHERE ce_time IS NOT NULL GROUP BY h HAVING n > 1 ORDER BY h",
  ),
  ordered(
    "a running total by day",
    "SELECT day, n, SUM(n) OVER (ORDER BY day) AS running FROM (SELECT DATE(received_at) AS day, COUNT(*) AS n FROM pull GROUP BY day) ORDER BY day",
  ),
  ordered(
    "days without pulls, too",
    "SELECT d, COUNT(p.ce_id) FROM UNNEST(GENERATE_DATE_ARRAY(DATE '2025-12-28', DATE '2026-01-16')) AS d LEFT JOIN pull p ON DATE(p.ce_time) = d GROUP BY d ORDER BY d",
  ),
  query(
    "when each digest was first seen",
    "WITH firsts AS (SELECT body.digest AS dg, MIN(ce_time) AS f FROM pull GROUP BY dg) SELECT COUNT(*), MIN(f) FROM firsts",
  ),
  query(
    "the share of pulls that succeed",
    "SELECT IFNULL(body.tag, '(none)') AS tag, COUNTIF(body.error IS NULL) / COUNT(*) AS ok, ROUND(100 * SAFE_DIVIDE(COUNTIF(body.error.status = 403), COUNT(*)), 2) AS pct FROM pull GROUP BY tag",
  ),
  query(
    "the last repository of each subject",
    "SELECT actor.subject, ARRAY_AGG(STRUCT(body.repository AS repo, ce_time) ORDER BY received_at DESC, ce_id LIMIT 1)[OFFSET(0)].repo AS last_repo FROM pull GROUP BY actor.subject",
  ),
  query(
    "events that came twice",
    "SELECT a.ce_id FROM pull a JOIN pull b ON a.ce_id = b.ce_id AND a.received_at < b.received_at",
  ),
  query(
    "events that came twice, by a window",
    "SELECT * FROM (SELECT ce_id, COUNT(*) OVER (PARTITION BY ce_id) AS c FROM pull) WHERE c > 1",
  ),
  query(
    "the image without its group",
    "SELECT SPLIT(body.repository, '/')[SAFE_OFFSET(1)] AS image, COUNT(*) FROM pull GROUP BY image",
  ),
  query(
    "distinct pulls of ours and of others",
    "SELECT IF(REGEXP_CONTAINS(body.repository, r'^acme/'), 'ours', NULL) AS whose, COUNT(DISTINCT IF(body.method = 'GET', ce_id, NULL)) FROM pull GROUP BY 1",
  ),
  query(
    "policy results",
    "SELECT r.policy_id, r.result, COUNT(*) FROM pull CROSS JOIN UNNEST(body.policy_results) r GROUP BY 1, 2",
  ),
  query(
    "an array of whole rows",
    "SELECT ce_id, x.policy_id FROM pull, UNNEST(ARRAY(SELECT AS STRUCT * FROM UNNEST(body.policy_results) WHERE result = 'fail')) AS x",
  ),
  query(
    "buckets of ten minutes",
    "SELECT TIMESTAMP_SECONDS(DIV(UNIX_SECONDS(received_at), 600) * 600) AS bucket, COUNT(*) FROM pull GROUP BY bucket",
  ),
  query(
    "hour and day of the week",
    "SELECT EXTRACT(HOUR FROM ce_time) AS h, FORMAT_DATE('%A', DATE(ce_time)) AS dow, COUNT(*) FROM pull GROUP BY h, dow",
  ),
  query(
    "sums of conditions",
    "SELECT SUM(CASE WHEN body.method='HEAD' THEN 1 ELSE 0 END), SUM(IF(body.tag IS NULL, 1, 0)), AVG(ARRAY_LENGTH(body.policy_results)) FROM pull",
  ),
  query("a longer sum", "SELECT id, (id + 1) * 2 - i / 4 + MOD(id, 3) AS x FROM odd WHERE id <> 5"),
  query("signs", "SELECT -(-1), - -1, +5, 1 - -1"),
  query(
    "arrays inside of arrays",
    "SELECT x.a, y FROM UNNEST([STRUCT(1 AS a, [1,2] AS bs), STRUCT(2, [3])]) AS x, UNNEST(x.bs) AS y",
  ),
  query(
    "arrays inside of arrays, without the alias",
    "SELECT a, y FROM UNNEST([STRUCT(1 AS a, [1,2] AS bs), STRUCT(2, [3])]) AS x LEFT JOIN UNNEST(bs) AS y",
  ),
  query(
    "a subquery in a subquery over arrays",
    "SELECT (SELECT COUNT(*) FROM UNNEST(words) w WHERE w IN (SELECT w2 FROM UNNEST(odd.words) w2 WHERE w2 <> '')) FROM odd",
  ),
  query(
    "ARRAY of DISTINCT and of a NULL array",
    "SELECT ARRAY(SELECT DISTINCT x FROM UNNEST([1,1,2]) x ORDER BY x), ARRAY(SELECT x FROM UNNEST(CAST(NULL AS ARRAY<INT64>)) x)",
  ),
  query(
    "an array written out",
    "SELECT ARRAY_TO_STRING(ARRAY(SELECT CONCAT(policy_id, '=', IFNULL(result, '?')) FROM UNNEST(body.policy_results) ORDER BY 1), ';') FROM pull",
  ),
  query(
    "a condition on JSON",
    "SELECT ce_id FROM pull WHERE JSON_VALUE(extra, '$.ce.audience') = 'customer' AND CAST(JSON_VALUE(extra, '$.n') AS INT64) = 7",
  ),
  ordered("ORDER BY a condition", "SELECT id FROM odd ORDER BY IF(b, 0, 1), id DESC"),
  ordered(
    "ORDER BY of a union",
    "SELECT s FROM odd UNION ALL SELECT body.method FROM pull ORDER BY s LIMIT 5",
  ),
  query("GROUP BY a column with an alias", "SELECT id AS a, COUNT(*) FROM odd GROUP BY odd.id"),
  ordered(
    "ORDER BY the grouped expression",
    "SELECT body.method AS m FROM pull GROUP BY body.method ORDER BY body.method",
  ),
  ordered("ORDER BY an aggregate", "SELECT COUNT(*) AS n FROM pull GROUP BY body.method ORDER BY COUNT(*)"),
  ordered(
    "a subscript of an aggregate",
    "SELECT b, ARRAY_AGG(id ORDER BY id DESC)[OFFSET(0)] FROM odd GROUP BY b ORDER BY b DESC",
  ),
];
