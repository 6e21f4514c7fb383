-- Who asked for something each day, from where and with what program. One row for what is equal in all its texts.
--
-- day DATE: Day in UTC.
-- registry STRING: Host of the registry.
-- identity STRING: Who it was, by a name that stays the same; NULL for nobody known.
-- account STRING: As in pulls.
-- identity_kind STRING: As in pulls.
-- identity_name STRING: Who it was, by a name for people.
-- client STRING: Program, from the User-Agent.
-- location STRING: Approximate place of the client.
-- address STRING: Network address of the client (personal data).
-- requests INTEGER: All requests.
-- errors INTEGER: Requests that failed.
-- manifest_requests INTEGER: Requests for manifests.
-- manifest_checks INTEGER: HEAD requests among them.
-- manifests INTEGER: Manifests that were downloaded.
-- first_seen TIMESTAMP: The first request of the day.
-- last_seen TIMESTAMP: The last request of the day.
-- images STRING ARRAY: Repositories that were asked for, without the host.
SELECT
  DATE(time) AS day,
  registry, identity, account, identity_kind, identity_name, client, location, address,
  COUNT(*) AS requests,
  COUNTIF(error_code IS NOT NULL) AS errors,
  COUNTIF(kind = 'manifest') AS manifest_requests,
  COUNTIF(kind = 'manifest' AND method = 'HEAD') AS manifest_checks,
  COUNTIF(kind = 'manifest' AND COALESCE(method, 'GET') <> 'HEAD' AND error_code IS NULL) AS manifests,
  MIN(time) AS first_seen,
  MAX(time) AS last_seen,
  ARRAY_AGG(DISTINCT repository IGNORE NULLS) AS images
FROM `{dataset}.pulls`
GROUP BY day, registry, identity, account, identity_kind, identity_name, client, location, address
