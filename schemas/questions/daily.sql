-- Pulls by day
--
-- answers: How much is pulled each day?
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- chart: lines of pulls by day
SELECT
  day,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  COUNTIF(outcome = 'failed') AS failures,
  SUM(requests) AS requests,
  COUNT(DISTINCT identity) AS identities
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until
GROUP BY day
ORDER BY day
