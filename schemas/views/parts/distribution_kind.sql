-- GitLab's registry says what kind of account it was
-- (https://gitlab.com/gitlab-org/container-registry/-/blob/master/docs/spec/gitlab/notifications.md); before that, its names do.
IF(
      JSON_VALUE(extra, '$.actor.user_type') IN ('deploy_token', 'build')
        OR REGEXP_CONTAINS(actor.name, r'^(?:gitlab-ci-token$|gitlab\+deploy-token-|(?:project|group)_\d+_bot)'),
      'service account', NULL
    )
