-- Requests and pulls side by side
--
-- answers: How many requests are behind what people call a pull? One docker pull is several of them.
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many images
-- chart: bars of requests by repository
WITH image AS (
  SELECT
    registry,
    repository,
    SUM(requests) AS requests,
    SUM(checks) AS head_requests,
    SUM(manifests) AS manifests,
    SUM(blobs) AS blobs,
    SUM(IF(outcome = 'pull', pulls, 0)) AS pulls,
    SUM(IF(outcome = 'check', pulls, 0)) AS checks
  FROM daily_pulls
  GROUP BY registry, repository
)
SELECT *, ROUND(SAFE_DIVIDE(requests, pulls), 1) AS requests_per_pull
FROM image
ORDER BY requests DESC, registry, repository
LIMIT @limit
