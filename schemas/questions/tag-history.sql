-- Digests behind a tag over time
--
-- answers: Which digests did a tag point to, from when to when, and how often was each asked for?
-- @image STRING: repository, with or without the registry's host
-- @tag STRING = latest: the tag
-- @since TIMESTAMP = 365d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many digests
-- chart: none

-- A push may know its repository by another name than a pull; Chainguard's id of it is the same.
WITH named AS (
  SELECT DISTINCT COALESCE(repo_id, CONCAT(registry, '/', repository)) AS image
  FROM daily_tags
  WHERE repository = @image OR CONCAT(registry, '/', repository) = @image
),
history AS (
  SELECT daily_tags.*
  FROM daily_tags
  JOIN named ON named.image = COALESCE(repo_id, CONCAT(registry, '/', repository))
  WHERE tag = @tag AND digest IS NOT NULL
),
who AS (
  SELECT digest, COUNT(DISTINCT account) AS identities
  FROM history CROSS JOIN UNNEST(accounts) AS account
  GROUP BY digest
),
known AS (
  SELECT
    digest,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    MIN(first_push) AS pushed,
    SUM(requests) AS requests
  FROM history
  WHERE first_seen IS NOT NULL
  GROUP BY digest
)
SELECT digest, first_seen, last_seen, pushed, requests, IFNULL(identities, 0) AS identities
FROM known
LEFT JOIN who USING (digest)
ORDER BY first_seen DESC, digest
LIMIT @limit
