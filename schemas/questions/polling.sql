-- Looking against pulling, by program
--
-- answers: Which programs ask often whether there is something new (HEAD), and rarely download (GET)?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many programs
-- chart: bars of checks by client
SELECT
  IFNULL(client, 'unknown') AS client,
  SUM(manifest_requests) AS requests,
  SUM(manifest_checks) AS checks,
  SUM(manifests) AS downloads,
  ROUND(SUM(manifest_checks) / SUM(manifest_requests), 3) AS share_of_checks,
  COUNT(DISTINCT account) AS identities
FROM daily_identities
WHERE manifest_requests > 0
GROUP BY client
ORDER BY checks DESC, requests DESC, client
LIMIT @limit
