-- Robots have a prefix that can be set, those of a project have its name before a plus sign
-- (https://goharbor.io/docs/main/working-with-projects/project-configuration/create-robot-accounts/); Harbor's own services have
-- fixed names (https://github.com/goharbor/harbor/blob/main/src/common/secret/store.go).
IF(
      REGEXP_CONTAINS(JSON_VALUE(extra, '$.ce.operator'), r'^(?:robot[^0-9A-Za-z]|harbor#|harbor-(?:core|jobservice)$)')
        OR STRPOS(JSON_VALUE(extra, '$.ce.operator'), CONCAT(REGEXP_EXTRACT(repository.repo_full_name, r'^([^/]+)/'), '+')) > 0,
      'service account', NULL
    )
