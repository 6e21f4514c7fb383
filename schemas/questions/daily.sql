-- Pulls by day
--
-- answers: How much is pulled each day (UTC)? Days without anything are there, too.
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- chart: lines of pulls by day
SELECT
  date AS day,
  IFNULL(SUM(IF(outcome = 'pull', pulls, 0)), 0) AS pulls,
  IFNULL(SUM(IF(outcome = 'check', pulls, 0)), 0) AS checks,
  IFNULL(SUM(IF(outcome = 'failed', pulls, 0)), 0) AS failures,
  IFNULL(SUM(requests), 0) AS requests,
  COUNT(DISTINCT account_number) AS identities
FROM UNNEST(GENERATE_DATE_ARRAY(DATE(@since), DATE(TIMESTAMP_SUB(@until, INTERVAL 1 MICROSECOND)))) AS date
LEFT JOIN daily_pulls ON daily_pulls.day = date
GROUP BY date
ORDER BY date
