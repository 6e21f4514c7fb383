-- Everything that was pushed, over all registries: one row per event (Harbor's: per artifact).
--
-- time: When, as the sender says, to its precision, or when it was received. A condition on it skips days.
-- exact_time: When, to the microsecond where the sender says so apart from time; for the order within a second.
-- registry: Host of the registry.
-- repository: Path of the repository, without the host.
-- repo_id: Chainguard's id (UIDP) of the repository, the same for its pulls and pushes; NULL for other registries.
-- tag: Tag that was pushed; NULL when it was a digest.
-- digest: Digest of the manifest or blob, sha256:<hex>; NULL when the sender does not say.
-- method: HTTP method, PUT in general; NULL when the sender does not say.
-- kind: manifest or blob.
-- media_type: Media type of the manifest or blob; NULL when the sender does not say.
-- identity: Who it was, by a name that stays the same; NULL for nobody known.
-- account: The identity with its registry, for counting: equal names in two registries are two. NULL for nobody known.
-- identity_kind: user, service account, GitHub Actions workflow, AWS role, pull token, anonymous or other.
-- identity_name: Who it was, by a name for people: e-mail, workflow, role, account.
-- email: E-mail address of who it was (personal data).
-- address: Network address of the client, without a port (personal data).
-- location: Approximate place of the client, e.g. ColumbusOHUS.
-- user_agent: User-Agent of the client, as it was sent.
-- client: Program, from user_agent: docker, containerd, crane, renovate, ...
-- client_version: Its version, from user_agent.
-- os: Operating system, from user_agent; where the sender knows only the image's, that.
-- arch: Architecture in the names of Go (amd64, arm64), from where os comes.
-- error_code: Why it failed, a code of the OCI distribution specification; NULL when it did not.
-- source_table: Table of the event. With ce_source and ce_id it leads back to the whole event.
-- ce_source: CloudEvents source of the event.
-- ce_id: CloudEvents id of the event.
-- data_digest: sha256:<hex> of the event's data. The same under two ids may be a replay.
SELECT
  time, exact_time, registry, repository, repo_id, tag, digest, method, kind, media_type, identity,
  {account},
  CASE
    WHEN identity IS NULL THEN 'anonymous'
    WHEN identity_kind IS NOT NULL THEN identity_kind
    ELSE 'user'
  END AS identity_kind,
  COALESCE(identity_name, identity) AS identity_name,
  email,
  REGEXP_REPLACE(REGEXP_REPLACE(address, r'^\[(.*)\](?::\d+)?$', r'\1'), r'^([^:]+):\d+$', r'\1') AS address,
  location, user_agent,
  {client},
  error_code, source_table, ce_source, ce_id, data_digest
FROM (
  SELECT
    happened_at AS time,
    {exact_time} AS exact_time,
    COALESCE(CONCAT(NULLIF(body.subdomain, ''), '.cgr.dev'), 'cgr.dev') AS registry,
    -- A push of a service of Chainguard's own has the id in the name's place (chainguard-dev/sdk, events/registry).
    IF(
      REGEXP_CONTAINS(body.repository, r'^[0-9a-f]{40}(?:/|$)'), COALESCE(NULLIF(body.display_name, ''), body.repository), body.repository
    ) AS repository,
    NULLIF(body.repo_id, '') AS repo_id,
    NULLIF(body.tag, '') AS tag,
    NULLIF(body.digest, '') AS digest,
    CAST(NULL AS STRING) AS method,
    body.type AS kind,
    CAST(NULL AS STRING) AS media_type,
    {chainguard_identity},
    NULLIF(body.remote_address, '') AS address,
    NULLIF(body.location, '') AS location,
    NULLIF(body.user_agent, '') AS user_agent,
    CAST(NULL AS STRING) AS image_os,
    CAST(NULL AS STRING) AS image_arch,
    COALESCE(NULLIF(body.error.code, ''), CONCAT('HTTP ', CAST(NULLIF(body.error.status, 0) AS STRING))) AS error_code,
    'dev_chainguard_registry_push_v1' AS source_table,
    ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_registry_push_v1`
  UNION ALL
  SELECT
    happened_at, happened_at, COALESCE(JSON_VALUE(extra, '$.ce.channel'), ce_source),
    name, NULL, IF(reference LIKE '%:%', NULL, NULLIF(reference, '')), NULLIF(digest, ''), request.method, 'manifest', NULL,
    NULLIF(actor.name, ''), NULL, NULL, NULL,
    NULLIF(request.addr, ''), NULL, NULLIF(request.useragent, ''), NULL, NULL, NULL,
    'zotregistry_image_updated', ce_source, ce_id, data_digest
  FROM `{events}.zotregistry_image_updated`
  UNION ALL
  SELECT
    happened_at, happened_at, ce_source,
    CONCAT(contents.namespace, '/', contents.repository), NULL, NULLIF(contents.tag, ''), NULLIF(contents.digest, ''), NULL, 'manifest', NULL,
    NULLIF(contents.author, ''), NULL, NULL, NULL,
    NULL, NULL, NULL, NULLIF(contents.os, ''), NULLIF(contents.architecture, ''), NULL,
    'com_mirantis_msr_tag_push_v1', ce_source, ce_id, data_digest
  FROM `{events}.com_mirantis_msr_tag_push_v1`
  UNION ALL
  SELECT
    happened_at, happened_at, ce_source,
    CONCAT(contents.namespace, '/', contents.repository), NULL, NULL, NULLIF(contents.digest, ''), NULL, 'manifest', NULL,
    NULLIF(contents.author, ''), NULL, NULL, NULL,
    NULL, NULL, NULL, NULLIF(contents.os, ''), NULLIF(contents.architecture, ''), NULL,
    'com_mirantis_msr_manifest_push_v1', ce_source, ce_id, data_digest
  FROM `{events}.com_mirantis_msr_manifest_push_v1`
  UNION ALL
  SELECT
    happened_at, happened_at, COALESCE(REGEXP_EXTRACT(artifact.resource_url, r'^([^/]+)/'), ce_source),
    repository.repo_full_name, NULL, IF(artifact.tag LIKE '%:%', NULL, NULLIF(artifact.tag, '')), NULLIF(artifact.digest, ''),
    NULL, 'manifest', NULL,
    NULLIF(JSON_VALUE(extra, '$.ce.operator'), ''),
    {harbor_kind},
    NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL,
    'harbor_artifact_pushed', ce_source, ce_id, data_digest
  FROM `{events}.harbor_artifact_pushed`
  LEFT JOIN UNNEST(event.resources) AS artifact
  UNION ALL
  SELECT
    happened_at, happened_at, COALESCE(NULLIF(request.host, ''), ce_source),
    target.repository, NULL, NULLIF(target.tag, ''), NULLIF(target.digest, ''), request.method,
    IF(REGEXP_CONTAINS(target.mediaType, r'manifest|image\.index'), 'manifest', 'blob'),
    NULLIF(target.mediaType, ''),
    NULLIF(actor.name, ''),
    {distribution_kind},
    NULL, NULL,
    NULLIF(request.addr, ''), NULL, NULLIF(request.useragent, ''), NULL, NULL, NULL,
    'io_cncf_distribution_push_v1', ce_source, ce_id, data_digest
  FROM `{events}.io_cncf_distribution_push_v1`
)
