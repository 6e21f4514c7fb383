-- Failed requests by code and by whom
--
-- answers: What goes wrong, for whom, with which images?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: bars of errors by error_code
SELECT
  error_code,
  identity_kind,
  identity_name,
  COUNT(*) AS errors,
  COUNT(DISTINCT repository) AS images,
  MAX(repository) AS for_example,
  MAX(time) AS last_seen
FROM pulls
WHERE time >= @since AND time < @until AND error_code IS NOT NULL
GROUP BY error_code, identity_kind, identity_name
ORDER BY errors DESC, error_code, identity_name
LIMIT @limit
