-- What was pulled each day, and by whom: the rows of logical_pulls, counted. One row for what is equal in all its texts.
--
-- day DATE: Day in UTC of the first request.
-- registry STRING: Host of the registry.
-- repository STRING: Path of the repository, without the host.
-- repo_id STRING: As in pulls.
-- tag STRING: As in logical_pulls.
-- digest STRING: As in logical_pulls.
-- outcome STRING: As in logical_pulls.
-- account_number INTEGER: Made from the account, the same for the same one, for counting; NULL for nobody known.
-- identity_kind STRING: As in pulls.
-- identity_name STRING: Who pulled, by a name for people.
-- pulls INTEGER: Rows of logical_pulls.
-- requests INTEGER: Events that they were folded from.
-- checks INTEGER: HEAD requests among them.
-- manifests INTEGER: Manifests that were downloaded.
-- blobs INTEGER: Layers and configurations that were downloaded.
-- last_started TIMESTAMP: When the first request of the last one was made.
-- starts ARRAY: Each of them.
-- starts.started TIMESTAMP: When its first request was made.
-- starts.requests INTEGER: Events that it was folded from.

-- BigQuery's rows have at most 100 MB (https://cloud.google.com/bigquery/quotas#query_jobs): what is pulled more often in a day
-- has several rows.
WITH parted AS (
  SELECT
    *,
    DIV(
      ROW_NUMBER() OVER (
        PARTITION BY day, registry, repository, repo_id, tag, digest, outcome, account, identity_kind, identity_name
        ORDER BY started
      ) - 1,
      100000
    ) AS part
  FROM `{dataset}.logical_pulls`
)
SELECT
  day, registry, repository, repo_id, tag, digest, outcome,
  -- 60 bits of a digest: an account is eight times as long, and most questions only count it.
  CAST(CONCAT('0x', SUBSTR(TO_HEX(SHA256(account)), 1, 15)) AS INT64) AS account_number,
  identity_kind, identity_name,
  COUNT(*) AS pulls,
  SUM(requests) AS requests,
  SUM(checks) AS checks,
  SUM(manifests) AS manifests,
  SUM(blobs) AS blobs,
  MAX(started) AS last_started,
  ARRAY_AGG(STRUCT(started, requests)) AS starts
FROM parted
GROUP BY day, registry, repository, repo_id, tag, digest, outcome, account, identity_kind, identity_name, part
