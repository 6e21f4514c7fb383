-- Growth by month
--
-- answers: How do pulls, images and identities develop from month to month?
-- @since TIMESTAMP = 730d: from when
-- @until TIMESTAMP = now: until when
-- chart: columns of pulls by month
SELECT
  DATE_TRUNC(day, MONTH) AS month,
  COUNTIF(outcome = 'pull') AS pulls,
  SUM(requests) AS requests,
  COUNT(DISTINCT CONCAT(registry, '/', repository)) AS images,
  COUNT(DISTINCT identity) AS identities
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until
GROUP BY month
ORDER BY month
