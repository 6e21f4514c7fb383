-- Requests that failed each day, by code, image and identity.
--
-- day DATE: Day in UTC.
-- error_code STRING: As in pulls.
-- registry STRING: Host of the registry.
-- repository STRING: Path of the repository, without the host.
-- identity_kind STRING: As in pulls.
-- identity_name STRING: Who it was, by a name for people.
-- errors INTEGER: Requests.
-- last_seen TIMESTAMP: The last of them.
SELECT
  DATE(time) AS day,
  error_code, registry, repository, identity_kind, identity_name,
  COUNT(*) AS errors,
  MAX(time) AS last_seen
FROM `{dataset}.pulls`
WHERE error_code IS NOT NULL
GROUP BY day, error_code, registry, repository, identity_kind, identity_name
