-- Who pulls, by kind
--
-- answers: How much is pulled by people, by pipelines, by machines, by nobody known?
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- chart: bars of pulls by identity_kind
WITH counted AS (
  SELECT
    identity_kind,
    SUM(IF(outcome = 'pull', pulls, 0)) AS pulls,
    SUM(IF(outcome = 'check', pulls, 0)) AS checks,
    SUM(IF(outcome = 'failed', pulls, 0)) AS failures
  FROM daily_pulls
  GROUP BY identity_kind
),
who AS (
  SELECT
    identity_kind,
    COUNT(DISTINCT account) AS identities,
    COUNT(DISTINCT CONCAT(registry, '/', image)) AS images
  FROM daily_identities
  LEFT JOIN UNNEST(images) AS image
  GROUP BY identity_kind
)
SELECT
  identity_kind, pulls, checks, failures,
  IFNULL(identities, 0) AS identities,
  IFNULL(images, 0) AS images
FROM counted
LEFT JOIN who USING (identity_kind)
ORDER BY pulls DESC, identity_kind
