-- Everyone who asked for an image: of which kind, since when, for how many images, from how many addresses.
--
-- registry: Host of the registry that knows the identity; cgr.dev for its subdomains, too.
-- identity: Who it is, by a name that stays the same; NULL for all who are not known.
-- identity_kind: user, service account, GitHub Actions workflow, AWS role, pull token, anonymous or other.
-- identity_name: Who it is, by a name for people.
-- email: E-mail address (personal data).
-- first_seen: Time of the first request.
-- last_seen: Time of the last request.
-- requests: All requests.
-- errors: Requests that failed.
-- images: Different repositories, each with its registry.
-- addresses: Different network addresses.
-- clients: Different programs.
SELECT
  IF(ENDS_WITH(registry, '.cgr.dev'), 'cgr.dev', registry) AS registry,
  identity,
  MAX(identity_kind) AS identity_kind,
  MAX(identity_name) AS identity_name,
  MAX(email) AS email,
  MIN(time) AS first_seen,
  MAX(time) AS last_seen,
  COUNT(*) AS requests,
  COUNTIF(error_code IS NOT NULL) AS errors,
  COUNT(DISTINCT CONCAT(registry, '/', repository)) AS images,
  COUNT(DISTINCT address) AS addresses,
  COUNT(DISTINCT client) AS clients
FROM `{dataset}.pulls`
GROUP BY 1, 2
