-- Changes of access, an audit trail
--
-- answers: Who invited whom, gave which role to whom, and changed which identity, group or policy?
-- @since TIMESTAMP = 30d: from when
-- @until TIMESTAMP = now: until when
-- @limit INT64 = 100: how many changes
-- chart: none
SELECT time, event, identity_name AS by_whom, name, role, granted_to, object, ce_id
FROM audit
ORDER BY time DESC, event, object, granted_to
LIMIT @limit
