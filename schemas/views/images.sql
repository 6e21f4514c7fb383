-- Every image that somebody asked for: since when, how often, by how many.
--
-- registry: Host of the registry.
-- repository: Path of the repository, without the host.
-- first_pull: When it was first pulled; NULL if it never was.
-- last_pull: When it was last pulled.
-- pulls: Pulls, folded from their requests as in logical_pulls.
-- checks: Looks for a new version, without a download.
-- failures: Pulls that failed.
-- requests: The events behind all of these.
-- tags: Different tags that were pulled.
-- identities: Different identities that pulled it.
SELECT
  registry,
  repository,
  MIN(IF(outcome = 'pull', started, NULL)) AS first_pull,
  MAX(IF(outcome = 'pull', started, NULL)) AS last_pull,
  COUNTIF(outcome = 'pull') AS pulls,
  COUNTIF(outcome = 'check') AS checks,
  COUNTIF(outcome = 'failed') AS failures,
  SUM(requests) AS requests,
  COUNT(DISTINCT IF(outcome = 'pull', tag, NULL)) AS tags,
  COUNT(DISTINCT IF(outcome = 'pull', identity, NULL)) AS identities
FROM `{dataset}.logical_pulls`
GROUP BY registry, repository
