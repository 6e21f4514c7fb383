-- Tags that nobody pulls any more
--
-- answers: Which tags were pulled or pushed before, and neither pulled, by tag or by digest, nor checked since?
-- @since TIMESTAMP = 30d: not pulled since when
-- @history TIMESTAMP = 365d: pulled or pushed after when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many tags
-- chart: none
WITH known AS (
  SELECT *, COALESCE(repo_id, CONCAT(registry, '/', repository)) AS image
  FROM daily_tags
  -- Signatures and their like have no readers of their own.
  WHERE tag IS NULL OR NOT REGEXP_CONTAINS(tag, r'^sha256-[0-9a-f]{64}')
),
seen AS (
  SELECT image, tag, digest, seen_at FROM known CROSS JOIN UNNEST(turns) AS seen_at
),
compared AS (
  SELECT *, LAG(digest) OVER (PARTITION BY image, tag ORDER BY seen_at, digest) AS before FROM seen
),
-- What a tag pointed to, from when to when.
turn AS (
  SELECT
    image, tag, digest, seen_at AS valid_from,
    LEAD(seen_at) OVER (PARTITION BY image, tag ORDER BY seen_at, digest) AS valid_to
  FROM compared
  WHERE before IS NULL OR before <> digest
),
by_digest AS (
  SELECT image, digest, by_digest.started, by_digest.outcome
  FROM known CROSS JOIN UNNEST(uses) AS by_digest
  WHERE tag IS NULL
),
used AS (
  SELECT image, tag, pulls, last_pull, last_use FROM known WHERE tag IS NOT NULL AND last_use IS NOT NULL
  UNION ALL
  SELECT
    turn.image, turn.tag, IF(used.outcome = 'pull', 1, 0), IF(used.outcome = 'pull', used.started, NULL), used.started
  FROM by_digest AS used
  JOIN turn ON turn.image = used.image AND turn.digest = used.digest
  WHERE turn.valid_from <= used.started AND COALESCE(used.started < turn.valid_to, TRUE)
),
by_tag AS (
  SELECT image, tag, SUM(pulls) AS pulls, MAX(last_pull) AS last_pull, MAX(last_use) AS last_use
  FROM used
  GROUP BY image, tag
),
by_push AS (
  SELECT image, tag, MAX(last_push) AS last_push FROM known WHERE tag IS NOT NULL AND pushes > 0 GROUP BY image, tag
),
-- A push may know its repository by another name than a pull, whose name is the one that people use.
named AS (
  SELECT
    image,
    COALESCE(MAX(IF(last_use IS NULL, NULL, registry)), MAX(registry)) AS registry,
    COALESCE(MAX(IF(last_use IS NULL, NULL, repository)), MAX(repository)) AS repository
  FROM known
  GROUP BY image
)
SELECT registry, repository, tag, last_pull, IFNULL(pulls, 0) AS pulls, last_push
FROM by_tag
FULL JOIN by_push USING (image, tag)
JOIN named USING (image)
WHERE COALESCE(last_use < @since, TRUE) AND COALESCE(last_push < @since, TRUE)
ORDER BY last_pull DESC, registry, repository, tag
LIMIT @limit
