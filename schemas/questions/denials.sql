-- Policy denials
--
-- answers: Which policies said no, or would have, to whom, for which image and why? Chainguard's pulls have them.
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: bars of pulls_of_policy by policy_name
WITH counted AS (
  SELECT
    policy_name, dry_run, result, registry, repository, identity_name,
    SUM(pulls) AS pulls, SUM(requests) AS requests, MAX(last_seen) AS last_seen
  FROM daily_denials
  GROUP BY policy_name, dry_run, result, registry, repository, identity_name
),
explained AS (
  SELECT
    policy_name, dry_run, result, registry, repository, identity_name,
    STRING_AGG(DISTINCT why, ' | ' ORDER BY why LIMIT 5) AS reasons
  FROM daily_denials CROSS JOIN UNNEST(reasons) AS why
  GROUP BY policy_name, dry_run, result, registry, repository, identity_name
)
SELECT
  counted.policy_name,
  counted.dry_run,
  counted.result,
  counted.registry,
  counted.repository,
  counted.identity_name,
  counted.pulls,
  counted.requests,
  explained.reasons,
  counted.last_seen,
  -- Of everybody, also those below the limit.
  SUM(counted.pulls) OVER (PARTITION BY counted.policy_name) AS pulls_of_policy
FROM counted
LEFT JOIN explained
  ON explained.policy_name = counted.policy_name AND explained.dry_run = counted.dry_run
    AND explained.result = counted.result AND explained.registry = counted.registry
    AND explained.repository = counted.repository
    AND COALESCE(explained.identity_name, '') = COALESCE(counted.identity_name, '')
ORDER BY pulls DESC, policy_name, dry_run, result, registry, repository, identity_name
LIMIT @limit
