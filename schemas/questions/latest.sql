-- Pulls of `latest`
--
-- answers: Who relies on a tag that moves, and how much of an image's pulls is that?
-- @tag STRING = latest: the tag
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many images
-- chart: bars of pulls by repository
SELECT
  registry,
  repository,
  COUNTIF(tag = @tag) AS pulls,
  COUNT(*) AS all_pulls,
  ROUND(COUNTIF(tag = @tag) / COUNT(*), 3) AS share,
  COUNT(DISTINCT IF(tag = @tag, identity, NULL)) AS identities,
  COUNT(DISTINCT IF(tag = @tag, digest, NULL)) AS digests
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until AND outcome = 'pull'
GROUP BY registry, repository
HAVING pulls > 0
ORDER BY pulls DESC, registry, repository
LIMIT @limit
