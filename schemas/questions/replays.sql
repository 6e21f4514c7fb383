-- Possible replays
--
-- answers: Which data came under several ids? Chainguard signs an event's data but not its id, and a registry event's data
--   has its time to the microsecond: the same data twice is a captured request sent again, or a sender's fault.
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: none
SELECT
  data_digest,
  COUNT(DISTINCT ce_id) AS ids,
  MIN(time) AS first_seen,
  MAX(time) AS last_seen,
  MAX(source_table) AS source_table,
  STRING_AGG(DISTINCT ce_id, ' ' ORDER BY ce_id LIMIT 5) AS some_ids
FROM (
  SELECT data_digest, ce_id, time, source_table FROM pulls WHERE source_table = 'dev_chainguard_registry_pull_v1'
  UNION ALL
  SELECT data_digest, ce_id, time, source_table FROM pushes WHERE source_table = 'dev_chainguard_registry_push_v1'
  UNION ALL
  SELECT data_digest, ce_id, time, source_table FROM audit
)
-- `pullhouse forget` takes the digest with the person.
WHERE time >= @since AND time < @until AND data_digest IS NOT NULL
GROUP BY data_digest
HAVING ids > 1
ORDER BY last_seen DESC, data_digest
LIMIT @limit
