-- Failed requests by code and by whom
--
-- answers: What goes wrong, for whom, with which images?
-- @since TIMESTAMP = 7d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: bars of errors_of_code by error_code
SELECT
  error_code,
  registry,
  identity_kind,
  identity_name,
  SUM(errors) AS errors,
  COUNT(DISTINCT repository) AS images,
  MAX(repository) AS for_example,
  MAX(last_seen) AS last_seen,
  -- Of everybody, also those below the limit.
  SUM(SUM(errors)) OVER (PARTITION BY error_code) AS errors_of_code
FROM daily_errors
GROUP BY error_code, registry, identity_kind, identity_name
ORDER BY errors DESC, error_code, registry, identity_name
LIMIT @limit
