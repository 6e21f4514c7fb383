-- Pulls of each day to which a policy said no, or would have. Chainguard's pulls have them.
--
-- day DATE: Day in UTC of the pull.
-- policy_name STRING: Name of the policy.
-- dry_run BOOLEAN: Whether it only said what it would have done.
-- result STRING: What it said.
-- registry STRING: Host of the registry.
-- repository STRING: Path of the repository, without the host.
-- identity_name STRING: Who pulled, by a name for people.
-- pulls INTEGER: Rows of logical_pulls.
-- requests INTEGER: Requests to which the policy said so.
-- last_seen TIMESTAMP: The last of them.
-- reasons STRING ARRAY: Why, each once.
WITH said AS (
  SELECT
    ce_source, ce_id, outcome.policy_name, outcome.result,
    outcome.mode <> 'POLICY_MODE_ENFORCED' AS dry_run,
    NULLIF(ARRAY_TO_STRING(outcome.reasons, '; '), '') AS reasons
  FROM `{events}.dev_chainguard_registry_pull_v1`
  CROSS JOIN UNNEST(body.policy_results) AS outcome
  WHERE outcome.result <> 'RESULT_ALLOWED'
),
per_pull AS (
  SELECT
    said.policy_name, said.dry_run, said.result, request.registry, request.repository, request.identity_name,
    request.fold_day, request.identity, request.place, request.user_agent, request.pull,
    COUNT(DISTINCT said.ce_id) AS requests,
    MAX(said.reasons) AS reasons,
    MAX(request.exact_time) AS last_seen
  FROM said
  JOIN `{dataset}.folded_requests` AS request
    ON request.source_table = 'dev_chainguard_registry_pull_v1'
      AND request.ce_source = said.ce_source AND request.ce_id = said.ce_id
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)
SELECT
  fold_day AS day, policy_name, dry_run, result, registry, repository, identity_name,
  COUNT(*) AS pulls,
  SUM(requests) AS requests,
  MAX(last_seen) AS last_seen,
  ARRAY_AGG(DISTINCT reasons IGNORE NULLS) AS reasons
FROM per_pull
GROUP BY day, policy_name, dry_run, result, registry, repository, identity_name
