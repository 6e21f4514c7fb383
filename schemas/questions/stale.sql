-- Images pulled after a newer one was there
--
-- answers: Who pulls a digest that no tag points to any more, since something newer took its place?
-- @since TIMESTAMP = 30d: from when
-- @history TIMESTAMP = 365d: what tags pointed to is known from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: none

-- What a tag points to is known from pushes, and from what pulls of the tag were answered.
WITH seen AS (
  SELECT COALESCE(repo_id, CONCAT(registry, '/', repository)) AS image, tag, digest, seen_at
  FROM daily_tags CROSS JOIN UNNEST(turns) AS seen_at
),
compared AS (
  SELECT *, LAG(digest) OVER (PARTITION BY image, tag ORDER BY seen_at, digest) AS before FROM seen
),
turn AS (
  SELECT
    image, tag, digest,
    seen_at AS valid_from,
    LEAD(seen_at) OVER (PARTITION BY image, tag ORDER BY seen_at, digest) AS valid_to
  FROM compared
  WHERE before IS NULL OR before <> digest
),
started AS (
  SELECT
    COALESCE(repo_id, CONCAT(registry, '/', repository)) AS image,
    registry, repository, digest, identity_kind, identity_name, pull.started AS started_at
  FROM daily_pulls CROSS JOIN UNNEST(starts) AS pull
  WHERE outcome = 'pull' AND tag IS NULL AND digest IS NOT NULL AND pull.started >= @since
),
pulled AS (
  SELECT image, registry, repository, digest, identity_kind, identity_name, started_at, COUNT(*) AS downloads
  FROM started
  GROUP BY image, registry, repository, digest, identity_kind, identity_name, started_at
),
late AS (
  SELECT
    pulled.registry, pulled.repository, pulled.digest, pulled.identity_kind, pulled.identity_name, pulled.started_at,
    MAX(downloads) AS downloads, MAX(turn.tag) AS was_tag, MAX(turn.valid_to) AS replaced
  FROM pulled
  JOIN turn ON turn.image = pulled.image AND turn.digest = pulled.digest
  WHERE turn.valid_from <= pulled.started_at
  GROUP BY 1, 2, 3, 4, 5, 6
  HAVING LOGICAL_AND(COALESCE(turn.valid_to <= pulled.started_at, FALSE))
)
SELECT
  registry, repository, digest, was_tag, identity_kind, identity_name,
  SUM(downloads) AS downloads,
  MAX(replaced) AS replaced,
  MAX(started_at) AS last_pull,
  MAX(TIMESTAMP_DIFF(started_at, replaced, DAY)) AS days_late
FROM late
GROUP BY registry, repository, digest, was_tag, identity_kind, identity_name
ORDER BY last_pull DESC, registry, repository, digest, identity_name
LIMIT @limit
