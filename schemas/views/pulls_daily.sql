-- Requests per image and day: one row for each day on which something of the image was asked for.
--
-- day: Day in UTC.
-- registry: Host of the registry.
-- repository: Path of the repository, without the host.
-- requests: All requests; one pull is several (see logical_pulls).
-- checks: HEAD requests: somebody looked whether there is something new.
-- manifests: Manifests that were downloaded.
-- blobs: Layers and configurations that were downloaded.
-- errors: Requests that failed.
-- identities: Different identities, nobody left out.
-- addresses: Different network addresses.
-- clients: Different programs.
SELECT
  DATE(time) AS day,
  registry,
  repository,
  COUNT(*) AS requests,
  COUNTIF(method = 'HEAD') AS checks,
  COUNTIF(kind = 'manifest' AND COALESCE(method, 'GET') <> 'HEAD' AND error_code IS NULL) AS manifests,
  COUNTIF(kind = 'blob' AND COALESCE(method, 'GET') <> 'HEAD' AND error_code IS NULL) AS blobs,
  COUNTIF(error_code IS NOT NULL) AS errors,
  COUNT(DISTINCT identity) AS identities,
  COUNT(DISTINCT address) AS addresses,
  COUNT(DISTINCT client) AS clients
FROM `{dataset}.pulls`
GROUP BY day, registry, repository
