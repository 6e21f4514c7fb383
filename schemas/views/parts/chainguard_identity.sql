-- Four columns made from actor, the claims that Chainguard checked when the identity was assumed.
-- Issuers: https://edu.chainguard.dev/chainguard/administration/assumable-ids/
NULLIF(actor.subject, '') AS identity,
    CASE
      WHEN COALESCE(actor.subject, '') = '' THEN 'anonymous'
      WHEN COALESCE(actor.act.job_workflow_ref, '') <> ''
        OR actor.act.iss = 'https://token.actions.githubusercontent.com' THEN 'GitHub Actions workflow'
      WHEN COALESCE(actor.act.`aws-arn`, '') <> '' THEN 'AWS role'
      WHEN actor.act.iss LIKE 'https://pulltoken.%' THEN 'pull token'
      WHEN actor.act.sub LIKE 'system:serviceaccount:%' OR actor.act.email LIKE '%.gserviceaccount.com'
        THEN 'service account'
      -- Google's tokens of people have an e-mail address, those of service accounts only where it was asked for
      -- (https://cloud.google.com/docs/authentication/token-types#id).
      WHEN actor.act.iss IN ('https://accounts.google.com', 'accounts.google.com')
        THEN IF(COALESCE(actor.act.email, '') = '', 'service account', 'user')
      WHEN actor.act.iss LIKE 'https://auth.chainguard.dev%' THEN 'user'
      ELSE 'other'
    END AS identity_kind,
    COALESCE(
      REGEXP_EXTRACT(actor.act.job_workflow_ref, r'^([^@]+)'),
      REGEXP_EXTRACT(actor.act.sub, r'^repo:([^:]+)'),
      REGEXP_EXTRACT(actor.act.`aws-arn`, r'^(.+:assumed-role/[^/]+)'),
      NULLIF(actor.act.`aws-arn`, ''),
      NULLIF(actor.act.email, ''),
      NULLIF(actor.act.sub, ''),
      NULLIF(actor.subject, '')
    ) AS identity_name,
    NULLIF(actor.act.email, '') AS email
