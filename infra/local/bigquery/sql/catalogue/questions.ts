/** What the project's views and questions are made of, beyond the rest of the catalogue. */
import { type Construct, ordered, query } from "./construct.ts";

export const QUESTION_CONSTRUCTS: readonly Construct[] = [
  query(
    "two named windows over expressions, NULLs in one partition",
    `SELECT ce_id, received_at, ROW_NUMBER() OVER (by_day) AS n, LAG(ce_time) OVER (by_day) AS before,
       LEAD(body.digest) OVER (by_tag) AS next
     FROM pull WHERE received_at IS NOT NULL
     WINDOW by_day AS (PARTITION BY DATE(ce_time), body.method ORDER BY received_at, ce_id, body.digest),
       by_tag AS (PARTITION BY body.repository, body.tag ORDER BY received_at, ce_id, body.digest)`,
  ),
  query(
    "named windows that are continued, by an order and by a frame of equals",
    `SELECT ce_id, received_at, body.tag, body.repository, ROW_NUMBER() OVER (of_kind ORDER BY received_at, ce_id, body.digest) AS n,
       COUNTIF(body.tag IS NULL) OVER (of_kind) AS k, DENSE_RANK() OVER (by_tag) AS r,
       COUNT(*) OVER (by_tag RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS equals
     FROM pull WHERE received_at IS NOT NULL
     WINDOW of_kind AS (PARTITION BY DATE(ce_time), body.method), by_tag AS (PARTITION BY body.method ORDER BY body.tag, body.repository)`,
  ),
  query(
    "bits of a digest as a number",
    `SELECT id, CAST(CONCAT('0x', SUBSTR(hex, 1, 15)) AS INT64) AS high, CAST(CONCAT('0x', SUBSTR(hex, 16, 15)) AS INT64) AS low
     FROM (SELECT id, TO_HEX(SHA256(COALESCE(CONCAT(CAST(LENGTH(s) AS STRING), ' ', s), ''))) AS hex FROM odd)`,
  ),
  query(
    "the largest so far, of what may be NULL",
    `SELECT id, MAX(IF(MOD(id, 2) = 0, id, NULL)) OVER (so_far) AS m, COALESCE(IF(b, id, NULL), MAX(i) OVER (so_far), -1) AS c
     FROM odd WINDOW so_far AS (ORDER BY id)`,
  ),
  query(
    "an aggregate within a window over groups",
    "SELECT body.method AS m, body.tag AS t, MIN(received_at) AS f, MIN(MIN(received_at)) OVER (PARTITION BY body.method) AS g FROM pull GROUP BY m, t",
  ),
  query(
    "FULL JOIN USING of several columns",
    `SELECT m, t, a, c FROM (SELECT body.method AS m, body.tag AS t, COUNT(*) AS a FROM pull WHERE body.tag IS NOT NULL GROUP BY m, t)
     FULL JOIN (SELECT 'GET' AS m, 'latest' AS t, 1 AS c UNION ALL SELECT 'PUT', 'x', 2) USING (m, t)`,
  ),
  query(
    "groups of which every row has to pass",
    "SELECT body.repository AS r, COUNT(*) FROM pull GROUP BY r HAVING LOGICAL_AND(COALESCE(body.error.status > 400, TRUE)) OR COUNT(*) > 40",
  ),
  query(
    "a union with constants and NULL in one branch",
    `SELECT time, kind, what FROM (
       SELECT ce_time AS time, CAST(NULL AS STRING) AS kind, body.method AS what FROM pull
       UNION ALL SELECT ts, 'odd', NULL FROM odd)`,
  ),
  ordered(
    "steps that have no rows",
    "SELECT hour, COUNT(n) AS n, IFNULL(SUM(n), 0) AS s FROM UNNEST(GENERATE_ARRAY(0, 5)) AS hour LEFT JOIN (SELECT EXTRACT(HOUR FROM ts) AS h, id AS n FROM odd) ON h = hour GROUP BY hour ORDER BY hour",
  ),
  query(
    "the day before midnight",
    "SELECT DATE(TIMESTAMP_SUB(TIMESTAMP '2026-01-02 00:00:00+00', INTERVAL 1 MICROSECOND)), DATE_TRUNC(DATE '2026-01-31', MONTH), TIMESTAMP_DIFF(TIMESTAMP '2026-01-01 00:01:00.999+00', TIMESTAMP '2026-01-01 00:00:00+00', SECOND)",
  ),
  query(
    "user agents taken apart",
    `SELECT a, CASE LOWER(REGEXP_EXTRACT(a, r'^([^/ ]{1,64})')) WHEN 'go-http-client' THEN 'go http' ELSE LOWER(REGEXP_EXTRACT(a, r'^([^/ ]{1,64})')) END AS c,
       REGEXP_EXTRACT(a, r'^[^/ ]+/v?(\\d[^ ;()+]{0,63})') AS v, REGEXP_EXTRACT(LOWER(a), r'\\bos/([a-z0-9]{1,32})') AS os,
       REGEXP_EXTRACT(LOWER(a), r'[(; ](linux|darwin|windows)[);/ ]') AS system
     FROM UNNEST(['docker/27.3.1 os/linux arch/amd64', 'Go-http-client/1.1', 'x (Linux; aarch64)', 'crane/v0.20+dirty', '', NULL]) AS a`,
  ),
  query(
    "addresses without their port",
    `SELECT a, REGEXP_REPLACE(REGEXP_REPLACE(a, r'^\\[(.*)\\](?::\\d+)?$', r'\\1'), r'^([^:]+):\\d+$', r'\\1') AS host
     FROM UNNEST(['192.0.2.1:80', '192.0.2.1', '[2001:db8::1]:443', '2001:db8::1', '']) AS a`,
  ),
];
