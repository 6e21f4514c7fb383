-- Known identities from a new place or with a new program
--
-- answers: Which identity that we knew before came from a location, or with a program, that it never had before?
-- @since TIMESTAMP = 7d: new since when
-- @limit INT64 = 50: how many rows
-- chart: none
WITH trait AS (
  SELECT registry, identity, identity_kind, identity_name, time, 'location' AS what, location AS new_value FROM pulls
  UNION ALL
  SELECT registry, identity, identity_kind, identity_name, time, 'client', client FROM pulls
),
known AS (
  SELECT
    identity, identity_kind, identity_name, what, new_value,
    MIN(time) AS first_seen,
    COUNT(*) AS requests,
    MIN(MIN(time)) OVER (PARTITION BY identity, what) AS known_since
  FROM trait
  -- Whoever `pullhouse forget` took out has this name, and is not one identity.
  WHERE identity IS NOT NULL AND identity <> 'forgotten' AND new_value IS NOT NULL
  GROUP BY identity, identity_kind, identity_name, what, new_value
)
SELECT first_seen, identity_kind, identity_name, what, new_value, requests, known_since, identity
FROM known
WHERE first_seen >= @since AND known_since < @since
ORDER BY first_seen DESC, identity, what, new_value
LIMIT @limit
