-- Possible replays
--
-- answers: Which data came under several ids? Chainguard signs an event's data but not its id, and a registry event's data
--   has its time to the microsecond: the same data twice is a captured request sent again, or a sender's fault. Changes of
--   access have no time in their data, so that the same change twice is no sign.
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
  SELECT data_digest, ce_id, time, source_table, identity, identity_name, email, address
  FROM pulls
  WHERE source_table = 'dev_chainguard_registry_pull_v1'
  UNION ALL
  SELECT data_digest, ce_id, time, source_table, identity, identity_name, email, address
  FROM pushes
  WHERE source_table = 'dev_chainguard_registry_push_v1'
)
-- `pullhouse forget` takes the digest with the person; a row that was loaded again after it has one, of what is left.
WHERE data_digest IS NOT NULL
  AND 'forgotten' NOT IN (COALESCE(identity, ''), COALESCE(identity_name, ''), COALESCE(email, ''), COALESCE(address, ''))
GROUP BY data_digest
HAVING ids > 1
ORDER BY last_seen DESC, data_digest
LIMIT @limit
