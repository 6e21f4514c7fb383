-- Every program that asked for an image, by its User-Agent.
--
-- client: Program: docker, containerd, crane, renovate, ...; NULL when it does not say.
-- client_version: Its version.
-- os: Operating system.
-- arch: Architecture, in the names of Go.
-- user_agent: User-Agent as it was sent.
-- first_seen: Time of the first request.
-- last_seen: Time of the last request.
-- requests: All requests.
-- checks: HEAD requests among them.
-- manifests: Manifests that were downloaded.
-- errors: Requests that failed.
-- images: Different repositories, each with its registry.
-- identities: Different identities, each with its registry.
-- addresses: Different network addresses.
SELECT
  client,
  client_version,
  os,
  arch,
  user_agent,
  MIN(time) AS first_seen,
  MAX(time) AS last_seen,
  COUNT(*) AS requests,
  COUNTIF(method = 'HEAD') AS checks,
  COUNTIF(kind = 'manifest' AND COALESCE(method, 'GET') <> 'HEAD' AND error_code IS NULL) AS manifests,
  COUNTIF(error_code IS NOT NULL) AS errors,
  COUNT(DISTINCT CONCAT(registry, '/', repository)) AS images,
  COUNT(DISTINCT account) AS identities,
  COUNT(DISTINCT address) AS addresses
FROM `{dataset}.pulls`
GROUP BY client, client_version, os, arch, user_agent
