-- Every request to pull something, over all registries that report pulls: one row per event.
--
-- time: When, as the sender says, to its precision. A condition on it reads only those days.
-- exact_time: When, to the microsecond where the sender says so apart from time; for the order within a second.
-- registry: Host of the registry that was asked.
-- repository: Path of the repository, without the host.
-- tag: Tag that was asked for; NULL when it was a digest.
-- digest: Digest of what was answered, sha256:<hex>; NULL when the sender does not say.
-- method: HEAD (a check) or GET (a download); NULL when the sender does not say, and then it is a download.
-- kind: manifest or blob.
-- identity: Who pulled, by a name that stays the same; NULL for nobody known.
-- identity_kind: user, service account, GitHub Actions workflow, AWS role, pull token, anonymous or other.
-- identity_name: Who pulled, by a name for people: e-mail, workflow, role, account.
-- email: E-mail address of who pulled (personal data).
-- address: Network address of the client (personal data).
-- location: Approximate place of the client, e.g. ColumbusOHUS.
-- user_agent: User-Agent of the client, as it was sent.
-- client: Program, from user_agent: docker, containerd, crane, renovate, ...
-- client_version: Its version, from user_agent.
-- os: Operating system, from user_agent.
-- arch: Architecture, from user_agent, in the names of Go: amd64, arm64, ...
-- error_code: Why it failed, a code of the OCI distribution specification; NULL when it did not.
-- source_table: Table of the event. With ce_source and ce_id it leads back to the whole event.
-- ce_source: CloudEvents source of the event.
-- ce_id: CloudEvents id of the event.
-- data_digest: sha256:<hex> of the event's data. The same under two ids may be a replay.
SELECT
  time, exact_time, registry, repository, tag, digest, method, kind,
  identity, identity_kind, identity_name, email, address, location, user_agent,
  {client},
  error_code, source_table, ce_source, ce_id, data_digest
FROM (
  SELECT
    ce_time AS time,
    COALESCE(TIMESTAMP(body.`when`), ce_time) AS exact_time,
    COALESCE(CONCAT(NULLIF(body.subdomain, ''), '.cgr.dev'), 'cgr.dev') AS registry,
    body.repository AS repository,
    NULLIF(body.tag, '') AS tag,
    NULLIF(body.digest, '') AS digest,
    body.method AS method,
    body.type AS kind,
    {chainguard_identity},
    NULLIF(body.remote_address, '') AS address,
    NULLIF(body.location, '') AS location,
    NULLIF(body.user_agent, '') AS user_agent,
    COALESCE(NULLIF(body.error.code, ''), CONCAT('HTTP ', CAST(body.error.status AS STRING))) AS error_code,
    'dev_chainguard_registry_pull_v1' AS source_table,
    ce_source, ce_id, data_digest
  FROM `{dataset}.dev_chainguard_registry_pull_v1`
)
