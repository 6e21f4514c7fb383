-- Requests and pulls side by side
--
-- answers: How many requests are behind what people call a pull? One docker pull is several of them.
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many images
-- chart: bars of requests by repository
SELECT
  registry,
  repository,
  SUM(requests) AS requests,
  SUM(checks) AS head_requests,
  SUM(manifests) AS manifests,
  SUM(blobs) AS blobs,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  ROUND(SAFE_DIVIDE(SUM(requests), COUNTIF(outcome = 'pull')), 1) AS requests_per_pull
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until
GROUP BY registry, repository
ORDER BY requests DESC, registry, repository
LIMIT @limit
