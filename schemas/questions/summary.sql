-- Everything in one row
--
-- answers: How much was pulled, of how many images, by how many identities, and how much of it failed?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- chart: none
SELECT
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  COUNTIF(outcome = 'failed') AS failures,
  IFNULL(SUM(requests), 0) AS requests,
  COUNT(DISTINCT CONCAT(registry, '/', repository)) AS images,
  COUNT(DISTINCT CONCAT(registry, '/', repository, ':', tag)) AS tags,
  COUNT(DISTINCT identity) AS identities,
  COUNT(DISTINCT address) AS addresses
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until
