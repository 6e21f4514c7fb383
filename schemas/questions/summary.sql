-- Everything in one row
--
-- answers: How much was pulled, of how many images, by how many identities, and how much of it failed?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- chart: none
SELECT
  IFNULL(SUM(IF(outcome = 'pull', pulls, 0)), 0) AS pulls,
  IFNULL(SUM(IF(outcome = 'check', pulls, 0)), 0) AS checks,
  IFNULL(SUM(IF(outcome = 'failed', pulls, 0)), 0) AS failures,
  IFNULL(SUM(requests), 0) AS requests,
  -- What was only pushed was not asked for.
  (SELECT COUNT(DISTINCT CONCAT(registry, '/', repository)) FROM daily_tags WHERE requests > 0) AS images,
  (SELECT COUNT(DISTINCT CONCAT(registry, '/', repository, ':', tag)) FROM daily_tags WHERE requests > 0) AS tags,
  (SELECT COUNT(DISTINCT account) FROM daily_identities) AS identities,
  (SELECT COUNT(DISTINCT address) FROM daily_identities) AS addresses
FROM daily_pulls
