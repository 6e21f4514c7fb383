-- Identities seen for the first time
--
-- answers: Who was never here before this week?
-- @since TIMESTAMP = 7d: from when
-- @history TIMESTAMP = 365d: before that, not seen since when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 50: how many identities
-- chart: none
WITH who AS (
  SELECT
    account, identity,
    MIN(registry) AS registry,
    ARRAY_AGG(identity_kind ORDER BY last_seen DESC LIMIT 1)[OFFSET(0)] AS identity_kind,
    ARRAY_AGG(identity_name ORDER BY last_seen DESC LIMIT 1)[OFFSET(0)] AS identity_name,
    MIN(first_seen) AS first_seen,
    SUM(requests) AS requests,
    SUM(errors) AS errors,
    COUNT(DISTINCT address) AS addresses
  FROM daily_identities
  -- Whoever `pullhouse forget` took out has this name, and is not one identity.
  WHERE identity IS NOT NULL AND identity <> 'forgotten'
  GROUP BY account, identity
),
asked AS (
  SELECT account, COUNT(DISTINCT CONCAT(registry, '/', image)) AS images
  FROM daily_identities CROSS JOIN UNNEST(images) AS image
  GROUP BY account
)
SELECT first_seen, identity_kind, identity_name, registry, requests, errors, IFNULL(images, 0) AS images, addresses, identity
FROM who
LEFT JOIN asked USING (account)
WHERE first_seen >= @since
ORDER BY first_seen DESC, identity
LIMIT @limit
