-- Who still pulls an image or a digest
--
-- answers: Who asked for this image, or for this digest, with which program, and when last? Without either, for any.
-- @image STRING =: repository, with or without the registry's host
-- @digest STRING =: digest of a manifest or of a layer, sha256:<hex>
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: none
SELECT
  identity_kind,
  identity_name,
  client,
  COUNT(*) AS requests,
  COUNT(DISTINCT tag) AS tags,
  COUNT(DISTINCT address) AS addresses,
  MIN(time) AS first_seen,
  MAX(time) AS last_seen,
  identity
FROM pulls
WHERE (@image = '' OR repository = @image OR CONCAT(registry, '/', repository) = @image)
  AND (@digest = '' OR digest = @digest)
GROUP BY account, identity, identity_kind, identity_name, client
ORDER BY last_seen DESC, requests DESC, identity_name, client
LIMIT @limit
