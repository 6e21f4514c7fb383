-- Policy denials
--
-- answers: Which policies said no, or would have, to whom and for which image? Chainguard's pulls have them.
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: bars of events by policy_name
SELECT
  outcome.policy_name,
  outcome.mode,
  outcome.result,
  body.repository,
  COALESCE(NULLIF(actor.act.email, ''), NULLIF(actor.act.sub, ''), actor.subject) AS identity_name,
  COUNT(*) AS events,
  MAX(ce_time) AS last_seen
FROM dev_chainguard_registry_pull_v1
CROSS JOIN UNNEST(body.policy_results) AS outcome
WHERE ce_time >= @since AND ce_time < @until AND outcome.result <> 'RESULT_ALLOWED'
  AND source IN ('chainguard', 'import')
GROUP BY 1, 2, 3, 4, 5
ORDER BY events DESC, policy_name, mode, result, repository, identity_name
LIMIT @limit
