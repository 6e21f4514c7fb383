-- Pulls of `latest`
--
-- answers: Who relies on a tag that moves, and how much of an image's pulls is that?
-- @tag STRING = latest: the tag
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many images
-- chart: bars of pulls by repository
WITH daily AS (
  SELECT
    registry, repository, pulls,
    IF(tag = @tag, pulls, 0) AS pulls_of_tag,
    IF(tag = @tag AND pulls > 0, digest, NULL) AS digest_of_tag
  FROM daily_tags
),
known AS (
  SELECT
    registry, repository,
    SUM(pulls_of_tag) AS pulls,
    SUM(pulls) AS all_pulls,
    COUNT(DISTINCT digest_of_tag) AS digests
  FROM daily
  GROUP BY registry, repository
),
who AS (
  SELECT registry, repository, COUNT(DISTINCT account_number) AS identities
  FROM daily_pulls
  WHERE outcome = 'pull' AND tag = @tag
  GROUP BY registry, repository
)
SELECT
  registry, repository, pulls, all_pulls,
  ROUND(pulls / all_pulls, 3) AS share,
  IFNULL(identities, 0) AS identities,
  digests
FROM known
LEFT JOIN who USING (registry, repository)
WHERE pulls > 0
ORDER BY pulls DESC, registry, repository
LIMIT @limit
