-- Tags that nobody pulls any more
--
-- answers: Which tags were pulled or pushed before, and not pulled since?
-- @since TIMESTAMP = 30d: not pulled since when
-- @limit INT64 = 50: how many tags
-- chart: none
WITH pulled AS (
  SELECT
    registry, repository, tag,
    MAX(IF(outcome = 'pull', started, NULL)) AS last_pull,
    COUNTIF(outcome = 'pull') AS pulls
  FROM logical_pulls
  WHERE tag IS NOT NULL AND outcome IN ('pull', 'check')
  GROUP BY registry, repository, tag
),
pushed AS (
  SELECT registry, repository, tag, MAX(time) AS last_push
  FROM pushes
  WHERE tag IS NOT NULL AND error_code IS NULL
  GROUP BY registry, repository, tag
)
SELECT registry, repository, tag, last_pull, IFNULL(pulls, 0) AS pulls, last_push
FROM pulled
FULL JOIN pushed USING (registry, repository, tag)
WHERE COALESCE(last_pull < @since, TRUE) AND COALESCE(last_push < @since, TRUE)
ORDER BY last_pull DESC, registry, repository, tag
LIMIT @limit
