-- Digests behind a tag over time
--
-- answers: Which digests did a tag point to, from when to when, and how often was each asked for?
-- @image STRING: repository, with or without the registry's host
-- @tag STRING = latest: the tag
-- @since TIMESTAMP = 365d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many digests
-- chart: none
SELECT
  digest,
  MIN(time) AS first_seen,
  MAX(time) AS last_seen,
  MIN(IF(event = 'push', time, NULL)) AS pushed,
  COUNTIF(event = 'pull') AS requests,
  COUNT(DISTINCT IF(event = 'pull', identity, NULL)) AS identities
FROM (
  SELECT 'pull' AS event, registry, repository, tag, digest, time, identity, error_code FROM pulls
  UNION ALL
  SELECT 'push', registry, repository, tag, digest, time, identity, error_code FROM pushes
)
WHERE time >= @since AND time < @until
  AND (repository = @image OR CONCAT(registry, '/', repository) = @image)
  AND tag = @tag AND digest IS NOT NULL AND error_code IS NULL
GROUP BY digest
ORDER BY first_seen DESC, digest
LIMIT @limit
