-- Most pulled tags
--
-- answers: Which tags of which images are pulled most?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many tags
-- chart: bars of pulls by image
WITH daily AS (
  SELECT registry, repository, tag, pulls, IF(pulls > 0, digest, NULL) AS pulled, last_pull
  FROM daily_tags
  WHERE tag IS NOT NULL
),
known AS (
  SELECT
    registry, repository, tag,
    SUM(pulls) AS pulls,
    COUNT(DISTINCT pulled) AS digests,
    MAX(last_pull) AS last_pull
  FROM daily
  GROUP BY registry, repository, tag
),
who AS (
  SELECT registry, repository, tag, COUNT(DISTINCT account_number) AS identities
  FROM daily_pulls
  WHERE outcome = 'pull' AND tag IS NOT NULL
  GROUP BY registry, repository, tag
)
SELECT
  CONCAT(repository, ':', tag) AS image,
  registry,
  pulls,
  IFNULL(identities, 0) AS identities,
  digests,
  last_pull
FROM known
LEFT JOIN who USING (registry, repository, tag)
WHERE pulls > 0
ORDER BY pulls DESC, registry, image
LIMIT @limit
