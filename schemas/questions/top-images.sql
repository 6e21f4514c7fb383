-- Most pulled images
--
-- answers: Which images are pulled most, by how many identities, and how often does it fail?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many images
-- chart: bars of pulls by repository
SELECT
  registry,
  repository,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  COUNTIF(outcome = 'failed') AS failures,
  COUNT(DISTINCT IF(outcome = 'pull', identity, NULL)) AS identities,
  MAX(IF(outcome = 'pull', started, NULL)) AS last_pull
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until
GROUP BY registry, repository
ORDER BY pulls DESC, checks DESC, registry, repository
LIMIT @limit
