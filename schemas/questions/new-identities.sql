-- Identities seen for the first time
--
-- answers: Who was never here before this week?
-- @since TIMESTAMP = 7d: from when
-- @limit INT64 = 50: how many identities
-- chart: none
SELECT first_seen, identity_kind, identity_name, registry, requests, errors, images, addresses, identity
FROM identities
-- Whoever `pullhouse forget` took out has this name, and is not one identity.
WHERE first_seen >= @since AND identity IS NOT NULL AND identity <> 'forgotten'
ORDER BY first_seen DESC, identity
LIMIT @limit
