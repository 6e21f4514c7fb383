-- What was pulled and pushed each day by tag and digest, and what the tags pointed to.
--
-- day DATE: Day in UTC.
-- registry STRING: Host of the registry.
-- repository STRING: Path of the repository, without the host.
-- repo_id STRING: As in pulls.
-- tag STRING: Tag; NULL for what was pulled or pushed by digest.
-- digest STRING: Digest behind the tag, or the digest that was pulled; NULL when the sender does not say.
-- pulls INTEGER: Rows of logical_pulls whose outcome is a pull.
-- requests INTEGER: Events that all rows of logical_pulls were folded from.
-- pushes INTEGER: How often it was pushed.
-- first_seen TIMESTAMP: The first pull, check or push.
-- last_seen TIMESTAMP: The last one.
-- last_pull TIMESTAMP: The last pull.
-- last_use TIMESTAMP: The last pull, check or look.
-- first_push TIMESTAMP: The first push.
-- last_push TIMESTAMP: The last push.
-- turns TIMESTAMP ARRAY: When the tag was first seen that day to point to the digest, and again after it had pointed elsewhere.
-- uses ARRAY: Pulls, checks and looks by digest alone.
-- uses.started TIMESTAMP: When the first request was made.
-- uses.outcome STRING: pull, check or look.
-- accounts STRING ARRAY: Accounts that pulled, checked, failed or looked.
WITH seen AS (
  SELECT
    day, registry, repository, repo_id, tag, digest, started AS seen_at, outcome, requests, account,
    outcome IN ('pull', 'check', 'look') AS is_use
  FROM `{dataset}.logical_pulls`
  UNION ALL
  SELECT DATE(time), registry, repository, repo_id, tag, digest, exact_time, 'push', 0, NULL, FALSE
  FROM `{dataset}.pushes`
  WHERE error_code IS NULL AND kind = 'manifest'
),
told AS (
  SELECT *, tag IS NOT NULL AND digest IS NOT NULL AND (is_use OR outcome = 'push') AS tells FROM seen
),
compared AS (
  SELECT
    *,
    -- A push may know its repository by another name than a pull; Chainguard's id of it is the same.
    LAG(digest) OVER (
      PARTITION BY day, COALESCE(repo_id, CONCAT(registry, '/', repository)), tag, tells ORDER BY seen_at, digest
    ) AS before,
    -- As in daily_pulls, for the size of a row.
    DIV(ROW_NUMBER() OVER (PARTITION BY day, registry, repository, repo_id, tag, digest ORDER BY seen_at) - 1, 100000) AS part
  FROM told
),
noted AS (
  SELECT
    *,
    CASE WHEN tells AND COALESCE(before <> digest, TRUE) THEN seen_at END AS turned_at,
    CASE WHEN is_use AND tag IS NULL AND digest IS NOT NULL THEN STRUCT(seen_at AS started, outcome) END AS by_digest,
    CASE WHEN is_use OR outcome = 'push' THEN seen_at END AS there_at,
    CASE WHEN outcome = 'pull' THEN seen_at END AS pulled_at,
    CASE WHEN outcome = 'push' THEN seen_at END AS pushed_at,
    CASE WHEN is_use THEN seen_at END AS used_at
  FROM compared
)
SELECT
  day, registry, repository, repo_id, tag, digest,
  COUNTIF(outcome = 'pull') AS pulls,
  SUM(requests) AS requests,
  COUNTIF(outcome = 'push') AS pushes,
  MIN(there_at) AS first_seen,
  MAX(there_at) AS last_seen,
  MAX(pulled_at) AS last_pull,
  MAX(used_at) AS last_use,
  MIN(pushed_at) AS first_push,
  MAX(pushed_at) AS last_push,
  ARRAY_AGG(turned_at IGNORE NULLS) AS turns,
  ARRAY_AGG(by_digest IGNORE NULLS) AS uses,
  ARRAY_AGG(DISTINCT account IGNORE NULLS) AS accounts
FROM noted
GROUP BY day, registry, repository, repo_id, tag, digest, part
