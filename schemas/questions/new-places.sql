-- Known identities from a new place or with a new program
--
-- answers: Which identity that we knew before came from a location, or with a program, that it never had before?
-- @since TIMESTAMP = 7d: new since when
-- @history TIMESTAMP = 365d: known after when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many rows
-- chart: none
WITH trait AS (
  SELECT account, identity, identity_kind, identity_name, first_seen, last_seen, requests, 'location' AS what, location AS new_value
  FROM daily_identities
  UNION ALL
  SELECT account, identity, identity_kind, identity_name, first_seen, last_seen, requests, 'client', client
  FROM daily_identities
),
-- An identity has one row for each value, whatever it was called: a workflow that was renamed is the same.
known AS (
  SELECT
    account, identity, what, new_value,
    ARRAY_AGG(identity_kind ORDER BY last_seen DESC LIMIT 1)[OFFSET(0)] AS identity_kind,
    ARRAY_AGG(identity_name ORDER BY last_seen DESC LIMIT 1)[OFFSET(0)] AS identity_name,
    MIN(first_seen) AS first_seen,
    SUM(requests) AS requests,
    MIN(MIN(first_seen)) OVER (PARTITION BY account, what) AS known_since
  FROM trait
  -- Whoever `pullhouse forget` took out has this name, and is not one identity.
  WHERE identity IS NOT NULL AND identity <> 'forgotten' AND new_value IS NOT NULL
  GROUP BY account, identity, what, new_value
)
SELECT first_seen, identity_kind, identity_name, what, new_value, requests, known_since, identity
FROM known
WHERE first_seen >= @since AND known_since < @since
ORDER BY first_seen DESC, account, what, new_value
LIMIT @limit
