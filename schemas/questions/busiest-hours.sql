-- Busiest hours
--
-- answers: At which hours of the day (UTC) is most pulled?
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- chart: columns of pulls by hour
SELECT
  hour,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  IFNULL(SUM(requests), 0) AS requests,
  COUNT(DISTINCT identity) AS identities
FROM UNNEST(GENERATE_ARRAY(0, 23)) AS hour
LEFT JOIN (
  SELECT EXTRACT(HOUR FROM started) AS pull_hour, outcome, requests, identity
  FROM logical_pulls
  WHERE day >= DATE(@since) AND started >= @since AND started < @until
) ON pull_hour = hour
GROUP BY hour
ORDER BY hour
