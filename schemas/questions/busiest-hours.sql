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
  COUNT(DISTINCT account_number) AS identities
FROM UNNEST(GENERATE_ARRAY(0, 23)) AS hour
LEFT JOIN (
  SELECT EXTRACT(HOUR FROM pull.started) AS pull_hour, outcome, pull.requests, account_number
  FROM daily_pulls CROSS JOIN UNNEST(starts) AS pull
) ON pull_hour = hour
GROUP BY hour
ORDER BY hour
