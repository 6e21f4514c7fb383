-- Pulls by day
--
-- answers: How much is pulled each day (UTC)? Days without anything are there, too.
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- chart: lines of pulls by day
SELECT
  date AS day,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  COUNTIF(outcome = 'failed') AS failures,
  IFNULL(SUM(requests), 0) AS requests,
  COUNT(DISTINCT identity) AS identities
FROM UNNEST(GENERATE_DATE_ARRAY(DATE(@since), DATE(TIMESTAMP_SUB(@until, INTERVAL 1 MICROSECOND)))) AS date
LEFT JOIN (
  SELECT day, outcome, requests, identity
  FROM logical_pulls
  WHERE day >= DATE(@since) AND started >= @since AND started < @until
) AS pull ON pull.day = date
GROUP BY date
ORDER BY date
