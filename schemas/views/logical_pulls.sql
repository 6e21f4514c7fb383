-- What a person calls a pull, made of its requests: one row per pull, per check for a new version, or per failure.
--
-- day: Day in UTC of the first request.
-- started: When the first request of the pull was made.
-- ended: When the last one was made.
-- registry: Host of the registry.
-- repository: Path of the repository, without the host.
-- repo_id: As in pulls.
-- tag: Tag that was pulled; NULL when it was a digest.
-- digest: Digest behind the tag, or the digest that was pulled; NULL when the sender does not say.
-- outcome: pull, check (HEAD alone), failed, signature (of an image), look (a verifier's), or layers (without a manifest).
-- requests: Events that were folded into this row.
-- checks: HEAD requests among them.
-- manifests: Manifests that were downloaded.
-- blobs: Layers and configurations that were downloaded.
-- error_code: Why it failed, a code of the OCI distribution specification.
-- identity: Who pulled, by a name that stays the same.
-- account: As in pulls.
-- identity_kind: As in pulls.
-- identity_name: Who pulled, by a name for people.
-- address: Network address of the client (personal data).
-- location: Approximate place of the client.
-- user_agent: User-Agent of the client.
-- client: Program, from user_agent.

SELECT
  DATE(MIN(exact_time)) AS day,
  MIN(exact_time) AS started,
  MAX(exact_time) AS ended,
  registry,
  repository,
  MAX(repo_id) AS repo_id,
  MAX(tag) AS tag,
  MAX(IF(n = pull OR tag IS NOT NULL, digest, NULL)) AS digest,
  CASE
    WHEN pull = -1 THEN 'check' -- a push asks for layers that may be there; that one is not is no failure
    WHEN LOGICAL_OR(n = pull AND is_signature) THEN 'signature'
    WHEN LOGICAL_OR(is_failed) THEN 'failed'
    WHEN pull IS NULL THEN 'layers'
    WHEN COUNTIF(role = 'root') = 0 THEN 'check'
    WHEN LOGICAL_OR(reads_again) AND COUNTIF(role = 'layer') = 0 THEN 'look'
    ELSE 'pull'
  END AS outcome,
  COUNT(*) AS requests,
  COUNTIF(is_head) AS checks,
  COUNTIF(kind = 'manifest' AND NOT is_head AND error_code IS NULL) AS manifests,
  COUNTIF(kind = 'blob' AND NOT is_head AND error_code IS NULL) AS blobs,
  MAX(IF(is_failed, error_code, NULL)) AS error_code,
  identity,
  MAX(account) AS account,
  MAX(identity_kind) AS identity_kind,
  MAX(identity_name) AS identity_name,
  COALESCE(MAX(IF(n = pull, address, NULL)), MAX(address)) AS address,
  MAX(location) AS location,
  user_agent,
  MAX(client) AS client
FROM `{dataset}.folded_requests`
GROUP BY {requester}, pull
