-- Most pulled tags
--
-- answers: Which tags of which images are pulled most?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many tags
-- chart: bars of pulls by image
SELECT
  CONCAT(repository, ':', tag) AS image,
  registry,
  COUNT(*) AS pulls,
  COUNT(DISTINCT identity) AS identities,
  COUNT(DISTINCT digest) AS digests,
  MAX(started) AS last_pull
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until AND outcome = 'pull' AND tag IS NOT NULL
GROUP BY registry, image
ORDER BY pulls DESC, registry, image
LIMIT @limit
