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
  SUM(IF(outcome = 'pull', daily.pulls, 0)) AS pulls,
  SUM(IF(outcome = 'check', daily.pulls, 0)) AS checks,
  SUM(IF(outcome = 'failed', daily.pulls, 0)) AS failures,
  COUNT(DISTINCT IF(outcome = 'pull', account_number, NULL)) AS identities,
  MAX(IF(outcome = 'pull', last_started, NULL)) AS last_pull
FROM daily_pulls AS daily
GROUP BY registry, repository
ORDER BY pulls DESC, checks DESC, registry, repository
LIMIT @limit
