-- Who pulls, by kind
--
-- answers: How much is pulled by people, by pipelines, by machines, by nobody known?
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- chart: bars of pulls by identity_kind
SELECT
  identity_kind,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  COUNTIF(outcome = 'failed') AS failures,
  COUNT(DISTINCT identity) AS identities,
  COUNT(DISTINCT CONCAT(registry, '/', repository)) AS images
FROM logical_pulls
WHERE day >= DATE(@since) AND started >= @since AND started < @until
GROUP BY identity_kind
ORDER BY pulls DESC, identity_kind
