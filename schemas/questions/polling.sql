-- Looking against pulling, by program
--
-- answers: Which programs ask often whether there is something new (HEAD), and rarely download (GET)?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 20: how many programs
-- chart: bars of checks by client
SELECT
  IFNULL(client, 'unknown') AS client,
  COUNT(*) AS requests,
  COUNTIF(method = 'HEAD') AS checks,
  COUNTIF(kind = 'manifest' AND COALESCE(method, 'GET') <> 'HEAD') AS downloads,
  ROUND(COUNTIF(method = 'HEAD') / COUNT(*), 3) AS share_of_checks,
  COUNT(DISTINCT identity) AS identities
FROM pulls
WHERE time >= @since AND time < @until AND kind = 'manifest'
GROUP BY client
ORDER BY checks DESC, requests DESC, client
LIMIT @limit
