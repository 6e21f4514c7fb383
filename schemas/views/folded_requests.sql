-- Every request of pulls with the pull that it belongs to: what logical_pulls is made of.
--
-- fold_day: Day in UTC in which it is folded: its own, or the day before for the end of a pull over midnight.
-- registry: Host of the registry.
-- repository: Path of the repository, without the host.
-- identity: Who asked, by a name that stays the same.
-- place: Network address where there is no identity; requests of nobody known from two addresses are never one pull.
-- user_agent: User-Agent of the client.
-- n: Number of the request in the order of time, among those with the same six columns before.
-- pull: Number of the request that opened the pull, check or signature; -1 for the checks of a push, NULL for layers alone.
-- role: root (opens a pull), announcement (HEAD, or Mirantis' event of a tag), child (manifest of a platform), layer, or push check.
-- is_signature: Whether it is, by its tag, a signature, an attestation or another companion of an image.
-- is_verifier: Whether the program verifies signatures.
-- reads_again: Whether a verifier read the same tag within a minute before or after.
-- is_failed: Whether it failed, and its like did not succeed in the same pull.
-- exact_time: As in pulls.
-- repo_id: As in pulls.
-- tag: As in pulls.
-- digest: As in pulls.
-- kind: As in pulls.
-- is_head: Whether it was a HEAD.
-- error_code: As in pulls.
-- account: As in pulls.
-- identity_kind: As in pulls.
-- identity_name: As in pulls.
-- address: As in pulls.
-- location: As in pulls.
-- client: As in pulls.
-- source_table: As in pulls.
-- ce_source: As in pulls.
-- ce_id: As in pulls.

/*
The definition is in docs/use/questions.md ("What a pull is"); here is how each step of it is counted.

1. Matching. A HEAD announces the GET of the same digest (or tag) that follows within 60 seconds. Both are steps of a
   balance, up for HEAD and down for GET, as brackets are. The GET at a level closes the HEAD before it at that level.
   A GET that takes the balance below everything before has no HEAD. Mirantis' event of a tag announces the event of its
   manifest, which is sent with it in either order: so it is put 5 seconds earlier.
2. Roots. A GET by tag, a GET with an announcement and a GET of an index are roots. Any other GET by digest is a root if no
   request of its address came shortly before and no root at all, or if its digest was such a root in the same burst:
   no client reads one manifest twice in a pull.
3. Belonging. An announcement belongs to its GET, a child to the newest root of its digest, else to the newest root.

A window sorts its rows with every column that is needed later. So the windows get numbers instead of texts, and the texts are
joined to the result. The join finds each row by what does not depend on chance, since BigQuery may compute `dated` twice.
*/
WITH known AS (
  SELECT
    *,
    IF(identity IS NULL, address, NULL) AS place,
    kind = 'manifest' AS is_manifest,
    COALESCE(method = 'HEAD', FALSE) AS is_head,
    kind = 'manifest' AND COALESCE(method = 'HEAD' OR source_table = 'com_mirantis_msr_tag_pull_v1', FALSE) AS announces,
    UNIX_MICROS(exact_time) - IF(source_table = 'com_mirantis_msr_tag_pull_v1', 5000000, 0) AS asked,
    COALESCE(REGEXP_CONTAINS(media_type, r'image\.index|manifest\.list'), FALSE) AS is_index,
    COALESCE(client IN ('cosign', 'notation', 'ratify'), FALSE) AS is_verifier,
    DATE(exact_time) AS day,
    DATE(TIMESTAMP_ADD(exact_time, INTERVAL 1 MINUTE)) AS night,
    DATE(TIMESTAMP_SUB(exact_time, INTERVAL 1 MINUTE)) AS morning,
    -- Equal for equal requesters alone: every text has its length before it.
    TO_HEX(SHA256(CONCAT(
      COALESCE(CONCAT(CAST(LENGTH(registry) AS STRING), ' ', registry), ''), '\n',
      COALESCE(CONCAT(CAST(LENGTH(repository) AS STRING), ' ', repository), ''), '\n',
      COALESCE(CONCAT(CAST(LENGTH(user_agent) AS STRING), ' ', user_agent), ''), '\n',
      COALESCE(CONCAT('identity ', identity), CONCAT('address ', address), '')
    ))) AS key
  FROM `{dataset}.pulls`
),
-- 120 bits of it, as numbers.
keyed AS (
  SELECT
    * EXCEPT (key),
    CAST(CONCAT('0x', SUBSTR(key, 1, 15)) AS INT64) AS key_high,
    CAST(CONCAT('0x', SUBSTR(key, 16, 15)) AS INT64) AS key_low
  FROM known
),
dated AS (
  SELECT
    *,
    -- A blob or a manifest by digest in the first minute of a day ends what the last minute of the day before began.
    IF(
      morning < day AND tag IS NULL AND NOT is_head AND COUNTIF(day < night) OVER (at_night) > 0, morning, day
    ) AS fold_day,
    -- With the three columns of the window, it names a row: only rows that are equal may change places.
    ROW_NUMBER() OVER (at_night ORDER BY asked, ce_source, ce_id, digest, tag) AS number
  FROM keyed
  WINDOW at_night AS (PARTITION BY night, key_high, key_low)
),
-- What the windows need of a request. Times are in microseconds.
asking AS (
  SELECT
    night, key_high, key_low, number, fold_day, asked, kind, tag, address, is_manifest, is_head, announces, is_index, is_verifier,
    digest IS NOT NULL AS has_digest,
    error_code IS NOT NULL AS is_refused,
    COALESCE(REGEXP_CONTAINS(tag, r'^sha256-[0-9a-f]{64}($|\.)'), FALSE) AS has_signature_tag,
    -- Time after which a manifest by digest is no child any more. Copiers fetch the layers of a platform in between.
    IF(
      client IN ('artifactory', 'crane', 'go-containerregistry', 'harbor', 'nexus', 'oras', 'regbot', 'regclient', 'regctl',
        'regsync', 'skopeo'),
      900, 30
    ) * 1000000 AS patience,
    DENSE_RANK() OVER (by_digest) AS digest_rank,
    COUNT(*) OVER (by_digest RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS of_digest
  FROM dated
  WINDOW by_digest AS (PARTITION BY {asker} ORDER BY digest, kind)
),
numbered AS (
  SELECT
    * EXCEPT (of_digest),
    ROW_NUMBER() OVER (
      PARTITION BY {asker}
      -- Harbor tells whole seconds: of what is equal, an index is asked for at least as often as its platforms' manifests.
      ORDER BY
        asked, IF(is_manifest, 0, 8) + IF(announces, 0, 4) + IF(is_index, 0, 2) + IF(tag IS NULL, 1, 0), of_digest DESC,
        digest_rank, number
    ) AS n
  FROM asking
),
tagged AS (
  SELECT
    * EXCEPT (kind, tag, has_digest, digest_rank),
    tag IS NOT NULL AS has_tag,
    MIN(n) OVER (of_tag) AS tag_at,
    -- What was asked for, as a number: of its digest, of the digest that the tag has in another request, or (below 0) of the tag.
    IF(
      has_digest OR tag IS NULL,
      digest_rank, COALESCE(MAX(IF(has_digest, digest_rank, NULL)) OVER (of_tag), -MIN(n) OVER (of_tag))
    ) AS object
  FROM numbered
  WINDOW of_tag AS (PARTITION BY {asker}, kind, tag)
),
balanced AS (
  SELECT
    *,
    SUM(IF(announces, 1, -1)) OVER (PARTITION BY {asker}, object ORDER BY n) AS balance
  FROM tagged
),
levelled AS (
  SELECT
    *,
    MIN(balance) OVER (of_object) AS lowest,
    MIN(balance) OVER (of_object ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lowest_before
  FROM balanced
  WINDOW of_object AS (PARTITION BY {asker}, object ORDER BY n)
),
bracketed AS (
  SELECT
    * EXCEPT (balance, lowest, lowest_before),
    CASE
      WHEN NOT is_manifest THEN NULL
      WHEN announces THEN balance - LEAST(0, lowest)
      WHEN balance < LEAST(0, COALESCE(lowest_before, 0)) THEN NULL
      ELSE balance - LEAST(0, lowest) + 1
    END AS level
  FROM levelled
),
paired AS (
  SELECT
    * EXCEPT (level),
    -- The request that closes this announcement, or that announced this one.
    CASE
      WHEN level IS NULL THEN NULL
      WHEN announces THEN IF(LEAD(asked) OVER (at_level) - asked <= 60000000, LEAD(n) OVER (at_level), NULL)
      ELSE IF(asked - LAG(asked) OVER (at_level) <= 60000000, LAG(n) OVER (at_level), NULL)
    END AS partner,
    LAG(has_signature_tag) OVER (at_level) AS announces_signature
  FROM bracketed
  WINDOW at_level AS (PARTITION BY {asker}, object, level ORDER BY n)
),
told AS (
  SELECT
    * EXCEPT (has_signature_tag, announces_signature, is_index),
    has_signature_tag OR (partner IS NOT NULL AND NOT announces AND announces_signature) AS is_signature,
    is_manifest AND NOT is_head AND IF(announces, partner IS NULL, has_tag OR partner IS NOT NULL OR is_index) AS is_sure,
    is_manifest AND NOT announces AND NOT has_tag AND partner IS NULL AND NOT is_index AS is_bare,
    NOT is_head AND (is_manifest OR patience > 30000000) AS is_step
  FROM paired
),
timed AS (
  SELECT
    * EXCEPT (address),
    MAX(IF(is_step AND NOT is_signature, asked, NULL)) OVER (before_it) AS step_before,
    MAX(IF(is_step AND NOT is_signature, asked, NULL)) OVER (before_it_here) AS step_before_here,
    MAX(IF(is_sure AND NOT is_signature, asked, NULL)) OVER (before_it) AS root_before
  FROM told
  WINDOW
    before_it AS (PARTITION BY {asker} ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    before_it_here AS (PARTITION BY {asker}, address ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
bursting AS (
  SELECT
    * EXCEPT (step_before, step_before_here, root_before),
    is_bare
      AND COALESCE(asked - step_before_here >= patience, TRUE)
      AND COALESCE(asked - root_before >= patience, TRUE) AS leads,
    COUNTIF(is_step AND COALESCE(asked - step_before >= patience, TRUE)) OVER (PARTITION BY {asker} ORDER BY n) AS burst
  FROM timed
),
rooted AS (
  SELECT
    * EXCEPT (burst, leads),
    is_sure OR (is_bare AND COUNTIF(leads) OVER (PARTITION BY {asker}, burst, object ORDER BY n) > 0) AS is_root
  FROM bursting
),
placed AS (
  SELECT
    *,
    MAX(IF(is_root, n, NULL)) OVER (so_far) AS newest,
    MAX(IF(is_root, n, NULL)) OVER (PARTITION BY {asker}, object ORDER BY n) AS newest_of_object,
    MAX(IF(is_root AND is_signature AND is_verifier, n, NULL)) OVER (so_far) AS newest_signature,
    is_verifier AND is_root AND has_tag AND (
      COALESCE(asked - LAG(asked) OVER (of_tag) < 60000000, FALSE)
      OR COALESCE(LEAD(asked) OVER (of_tag) - asked < 60000000, FALSE)
    ) AS reads_again
  FROM rooted
  WINDOW
    so_far AS (PARTITION BY {asker} ORDER BY n),
    of_tag AS (PARTITION BY {asker}, tag_at, is_root ORDER BY n)
),
joined AS (
  SELECT
    night, number, {asker}, n, object, is_head, is_refused, is_signature, reads_again,
    CASE
      WHEN is_root THEN n
      WHEN announces THEN COALESCE(partner, n)
      WHEN is_head THEN -1
      WHEN is_manifest THEN COALESCE(newest_of_object, newest)
      ELSE COALESCE(newest_signature, newest)
    END AS pull,
    CASE
      WHEN is_root THEN 'root'
      WHEN announces THEN 'announcement'
      WHEN is_head THEN 'push check'
      WHEN is_manifest THEN 'child'
      ELSE 'layer'
    END AS role
  FROM placed
),
judged AS (
  SELECT
    night, key_high, key_low, number, n, pull, role, is_signature, reads_again,
    is_refused AND COUNTIF(NOT is_refused AND NOT is_head) OVER (PARTITION BY {asker}, pull, object) = 0 AS is_failed
  FROM joined
)
SELECT
  {requester}, n, pull, role, is_signature, is_verifier, reads_again, is_failed,
  exact_time, repo_id, tag, digest, kind, is_head, error_code, account, identity_kind, identity_name, address, location, client,
  source_table, ce_source, ce_id
FROM dated
JOIN judged USING (night, key_high, key_low, number)
