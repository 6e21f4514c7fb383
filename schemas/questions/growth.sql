-- Growth by month
--
-- answers: How do pulls, images and identities develop from month to month? From the first month with any on.
-- @since TIMESTAMP = 730d: from when
-- @until TIMESTAMP = now: until when
-- chart: columns of pulls by month
WITH image AS (
  SELECT
    DATE_TRUNC(day, MONTH) AS month,
    SUM(pulls) AS pulls,
    SUM(requests) AS requests,
    COUNT(DISTINCT IF(requests > 0, CONCAT(registry, '/', repository), NULL)) AS images
  FROM daily_tags
  GROUP BY month
),
who AS (
  SELECT DATE_TRUNC(day, MONTH) AS month, COUNT(DISTINCT account) AS identities FROM daily_identities GROUP BY month
)
SELECT
  step AS month,
  IFNULL(pulls, 0) AS pulls,
  IFNULL(requests, 0) AS requests,
  IFNULL(images, 0) AS images,
  IFNULL(identities, 0) AS identities
FROM UNNEST(GENERATE_DATE_ARRAY(
  (SELECT MIN(month) FROM image WHERE requests > 0), DATE(TIMESTAMP_SUB(@until, INTERVAL 1 MICROSECOND)), INTERVAL 1 MONTH
)) AS step
LEFT JOIN image ON image.month = step
LEFT JOIN who ON who.month = step
ORDER BY step
