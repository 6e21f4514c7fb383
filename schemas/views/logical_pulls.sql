-- What a person calls a pull, made of its requests: one row per pull, per check for a new version, or per failure.
--
-- day: Day of the pull in UTC. A condition on it, rather than on started, is what BigQuery can use to read less.
-- started: When the first request of the pull was made.
-- ended: When the last one was made.
-- registry: Host of the registry.
-- repository: Path of the repository, without the host.
-- tag: Tag that was pulled; NULL when it was a digest.
-- digest: Digest behind the tag, or the digest that was pulled; NULL when the sender does not say.
-- outcome: pull (a manifest was downloaded), check (HEAD alone), failed, or layers (blobs without a manifest).
-- requests: Events that were folded into this row.
-- checks: HEAD requests among them.
-- manifests: Manifests that were downloaded.
-- blobs: Layers and configurations that were downloaded.
-- error_code: Why it failed, a code of the OCI distribution specification.
-- identity: Who pulled, by a name that stays the same.
-- identity_kind: As in pulls.
-- identity_name: Who pulled, by a name for people.
-- address: Network address of the client (personal data).
-- location: Approximate place of the client.
-- user_agent: User-Agent of the client.
-- client: Program, from user_agent.

/*
How requests are folded. One `docker pull` is several events: HEAD of the tag, GET of the index, GET of the manifest of
the platform, GET of each layer. Docker Hub counts it once, and does not count a HEAD without a download
(https://docs.docker.com/docker-hub/usage/pulls/#pull-definition: "version check"). So here, among the requests of one
identity, address and program to one repository on one day:

1. A HEAD of a manifest begins a row: it is the first step of every client that does it (docker, containerd, oras).
2. A GET of a tag begins one, too (podman, skopeo, kaniko have no HEAD), unless a HEAD of that tag came within the 60
   seconds before: then it is the download that follows the check.
3. A GET of a manifest by digest goes with what began with that digest or, being the manifest of a platform, with what
   began last. After 60 seconds without any request it begins a row of its own: a pull by digest.
4. A blob goes with what began last, however long ago: layers may take long, and may be waited for.
5. Senders that do not tell HEAD from GET report downloads. Mirantis' two events for one pull by tag, one for the tag and
   one for the digest, are one row in either order.

What cannot be told apart: two pulls by digest within a minute, where the second may be a platform's manifest of the
first. A mirror's walk stays as many pulls as it has tags.
*/
WITH request AS (
  SELECT
    *,
    DATE(time) AS day,
    COALESCE(method, 'GET') AS verb,
    ROW_NUMBER() OVER (in_order) AS n,
    LAG(exact_time) OVER (in_order) AS before
  FROM `{dataset}.pulls`
  WINDOW in_order AS (
    PARTITION BY DATE(time), registry, repository, identity, address, user_agent
    ORDER BY exact_time, kind DESC, IF(method = 'HEAD', 0, 1), tag IS NULL, ce_id
  )
),
neighbour AS (
  SELECT
    *,
    LAG(verb) OVER (of_tag) AS verb_before_of_tag,
    LAG(exact_time) OVER (of_tag) AS before_of_tag,
    LAG(exact_time) OVER (of_digest) AS before_of_digest,
    LAG(tag) OVER (of_digest) AS tag_before_of_digest
  FROM request
  WINDOW
    of_tag AS (PARTITION BY day, registry, repository, identity, address, user_agent, kind, tag ORDER BY n),
    of_digest AS (PARTITION BY day, registry, repository, identity, address, user_agent, kind, digest ORDER BY n)
),
beginning AS (
  SELECT
    *,
    CASE
      WHEN kind = 'blob' THEN NULL
      WHEN verb = 'HEAD' THEN n
      WHEN tag IS NOT NULL
        AND verb_before_of_tag = 'HEAD' AND TIMESTAMP_DIFF(exact_time, before_of_tag, SECOND) <= 60 THEN NULL
      WHEN tag IS NOT NULL AND method IS NULL AND digest IS NOT NULL
        AND tag_before_of_digest IS NULL AND TIMESTAMP_DIFF(exact_time, before_of_digest, SECOND) <= 60 THEN NULL
      WHEN tag IS NOT NULL THEN n
      WHEN TIMESTAMP_DIFF(exact_time, before, SECOND) <= 60 THEN NULL
      ELSE n
    END AS begins
  FROM neighbour
),
folded AS (
  SELECT
    *,
    COALESCE(
      begins,
      IF(tag IS NULL, NULL, MAX(begins) OVER (of_tag)),
      IF(digest IS NULL, NULL, MAX(begins) OVER (of_digest)),
      MAX(begins) OVER (in_order)
    ) AS pull
  FROM beginning
  WINDOW
    in_order AS (PARTITION BY day, registry, repository, identity, address, user_agent ORDER BY n),
    of_tag AS (PARTITION BY day, registry, repository, identity, address, user_agent, tag ORDER BY n),
    of_digest AS (PARTITION BY day, registry, repository, identity, address, user_agent, digest ORDER BY n)
)
SELECT
  day,
  MIN(exact_time) AS started,
  MAX(exact_time) AS ended,
  registry,
  repository,
  MAX(tag) AS tag,
  MAX(IF(n = pull OR tag IS NOT NULL, digest, NULL)) AS digest,
  CASE
    WHEN COUNTIF(kind = 'manifest' AND verb <> 'HEAD' AND error_code IS NULL) > 0 THEN 'pull'
    WHEN COUNTIF(error_code IS NOT NULL) > 0 THEN 'failed'
    WHEN COUNTIF(kind = 'manifest') > 0 THEN 'check'
    ELSE 'layers'
  END AS outcome,
  COUNT(*) AS requests,
  COUNTIF(verb = 'HEAD') AS checks,
  COUNTIF(kind = 'manifest' AND verb <> 'HEAD' AND error_code IS NULL) AS manifests,
  COUNTIF(kind = 'blob' AND verb <> 'HEAD' AND error_code IS NULL) AS blobs,
  MAX(error_code) AS error_code,
  identity,
  MAX(identity_kind) AS identity_kind,
  MAX(identity_name) AS identity_name,
  address,
  MAX(location) AS location,
  user_agent,
  MAX(client) AS client
FROM folded
GROUP BY day, registry, repository, identity, address, user_agent, pull
