-- Images pulled after a newer one was there
--
-- answers: Who pulls a digest that no tag points to any more, since something newer took its place?
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: none

-- What a tag points to is known from pushes, and from what pulls of the tag were answered.
WITH seen AS (
  SELECT registry, repository, tag, digest, exact_time FROM pushes
  WHERE tag IS NOT NULL AND digest IS NOT NULL AND kind = 'manifest' AND error_code IS NULL
  UNION ALL
  SELECT registry, repository, tag, digest, exact_time FROM pulls
  WHERE tag IS NOT NULL AND digest IS NOT NULL AND kind = 'manifest' AND error_code IS NULL
),
compared AS (
  SELECT *, LAG(digest) OVER (PARTITION BY registry, repository, tag ORDER BY exact_time) AS before FROM seen
),
turn AS (
  SELECT
    registry, repository, tag, digest,
    exact_time AS valid_from,
    LEAD(exact_time) OVER (PARTITION BY registry, repository, tag ORDER BY exact_time) AS valid_to
  FROM compared
  WHERE before IS NULL OR before <> digest
),
late AS (
  SELECT
    pull.ce_source, pull.ce_id,
    MAX(pull.exact_time) AS pulled, MAX(pull.registry) AS registry, MAX(pull.repository) AS repository,
    MAX(pull.digest) AS digest, MAX(pull.identity) AS identity, MAX(pull.identity_kind) AS identity_kind,
    MAX(pull.identity_name) AS identity_name, MAX(turn.tag) AS was_tag, MAX(turn.valid_to) AS replaced
  FROM pulls AS pull
  JOIN turn ON turn.registry = pull.registry AND turn.repository = pull.repository AND turn.digest = pull.digest
  WHERE pull.time >= @since AND pull.time < @until AND pull.tag IS NULL AND pull.error_code IS NULL
    AND COALESCE(pull.method, 'GET') <> 'HEAD' AND turn.valid_from <= pull.exact_time
  GROUP BY pull.ce_source, pull.ce_id
  HAVING LOGICAL_AND(COALESCE(turn.valid_to <= pull.exact_time, FALSE))
)
SELECT
  registry, repository, digest, was_tag, identity_kind, identity_name,
  COUNT(*) AS downloads,
  MAX(replaced) AS replaced,
  MAX(pulled) AS last_pull,
  MAX(TIMESTAMP_DIFF(pulled, replaced, DAY)) AS days_late
FROM late
GROUP BY registry, repository, digest, was_tag, identity_kind, identity_name
ORDER BY last_pull DESC, registry, repository, digest, identity_name
LIMIT @limit
