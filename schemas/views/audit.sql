-- Who changed what in Chainguard's access control: invitations, role bindings, identities, groups, policies and more.
--
-- time: When, as the sender says. The tables are partitioned by it: a condition on it skips days.
-- event: What happened: the event's type without dev.chainguard.api. and .v1.
-- object: Id (UIDP) of what was changed.
-- name: Its name, e-mail address or address; NULL when the event does not say.
-- role: Role that was given, its id or its name.
-- granted_to: Identity (UIDP) that got the role, or that registered.
-- identity: Who did it, Chainguard id (UIDP).
-- identity_kind: As in pulls.
-- identity_name: Who did it, by a name for people.
-- email: E-mail address of who did it (personal data).
-- source_table: Table of the event. With ce_source and ce_id it leads back to the whole event.
-- ce_source: CloudEvents source of the event: the method of the API.
-- ce_id: CloudEvents id of the event.
-- data_digest: sha256:<hex> of the event's data.
SELECT
  time, event, object, name, role, granted_to,
  {chainguard_identity},
  source_table, ce_source, ce_id, data_digest
FROM (
  SELECT
    happened_at AS time, 'auth.registered' AS event, ce_subject AS object, CAST(NULL AS STRING) AS name,
    CAST(NULL AS STRING) AS role, body.identity AS granted_to, actor, 'dev_chainguard_api_auth_registered_v1' AS source_table, ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_auth_registered_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.group_invite.created', COALESCE(body.uid, body.id, ce_subject), body.email,
    COALESCE(body.role.name, body.role_uid, body.role.uid, body.role.id), NULL, actor, 'dev_chainguard_api_iam_group_invite_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_group_invite_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.group_invite.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_group_invite_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_group_invite_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.rolebindings.created', COALESCE(body.uid, body.id, body.role_binding.id, ce_subject), NULL,
    COALESCE(body.role_uid, body.role, body.role_binding.role), COALESCE(body.identity_uid, body.identity, body.role_binding.identity), actor, 'dev_chainguard_api_iam_rolebindings_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_rolebindings_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.rolebindings.created.batch', COALESCE(binding.uid, binding.id, ce_subject), NULL,
    COALESCE(binding.role_uid, binding.role), COALESCE(binding.identity_uid, binding.identity), actor, 'dev_chainguard_api_iam_rolebindings_created_batch_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_rolebindings_created_batch_v1` LEFT JOIN UNNEST(event.body.role_bindings) AS binding
  UNION ALL
  SELECT
    happened_at, 'iam.rolebindings.updated', COALESCE(body.uid, body.id, ce_subject), NULL,
    COALESCE(body.role_uid, body.role), COALESCE(body.identity_uid, body.identity), actor, 'dev_chainguard_api_iam_rolebindings_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_rolebindings_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.rolebindings.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_rolebindings_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_rolebindings_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity.created', COALESCE(body.uid, body.id, body.identity.id, ce_subject), COALESCE(body.name, body.identity.name, body.email),
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity.updated', COALESCE(body.uid, body.id, ce_subject), COALESCE(body.name, body.email),
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.created', COALESCE(body.uid, body.id, body.identity_provider.id, ce_subject), COALESCE(body.name, body.identity_provider.name),
    body.default_role, NULL, actor, 'dev_chainguard_api_iam_identity_providers_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.updated', COALESCE(body.uid, body.id, ce_subject), body.name,
    body.default_role, NULL, actor, 'dev_chainguard_api_iam_identity_providers_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_providers_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.scim_enabled.updated', COALESCE(body.identity_provider_uid, body.identity_provider_id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_providers_scim_enabled_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_scim_enabled_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.scim_token.generated', COALESCE(body.identity_provider_uid, body.identity_provider_id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_providers_scim_token_generated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_scim_token_generated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.scim_token.regenerated', COALESCE(body.identity_provider_uid, body.identity_provider_id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_providers_scim_token_regenerated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_scim_token_regenerated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.identity_providers.scim_token.revoked', COALESCE(body.identity_provider_uid, body.identity_provider_id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_identity_providers_scim_token_revoked_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_identity_providers_scim_token_revoked_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.external_group_role_mappings.created', COALESCE(body.uid, body.id, ce_subject), body.external_group_id,
    COALESCE(body.role_uid, body.role_uidp), NULL, actor, 'dev_chainguard_api_iam_external_group_role_mappings_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_external_group_role_mappings_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.external_group_role_mappings.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_external_group_role_mappings_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_external_group_role_mappings_deleted_v1`
  UNION ALL
  -- The API's first version says `items`, its second one names them.
  SELECT
    happened_at, 'iam.external_group_role_mappings.deleted.batch', COALESCE(mapping.id, ce_subject), mapping.external_group_id,
    mapping.role_uidp, NULL, actor, 'dev_chainguard_api_iam_external_group_role_mappings_deleted_batch_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_external_group_role_mappings_deleted_batch_v1`
  LEFT JOIN UNNEST(event.body.items)  AS mapping
  WHERE ARRAY_LENGTH(event.body.external_group_role_mappings) = 0
  UNION ALL
  SELECT
    happened_at, 'iam.external_group_role_mappings.deleted.batch', COALESCE(mapping.uid, ce_subject), mapping.external_group_id,
    mapping.role_uid, NULL, actor, 'dev_chainguard_api_iam_external_group_role_mappings_deleted_batch_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_external_group_role_mappings_deleted_batch_v1`
  CROSS JOIN UNNEST(event.body.external_group_role_mappings) AS mapping
  UNION ALL
  SELECT
    happened_at, 'iam.group.created', COALESCE(body.uid, body.id, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_iam_group_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_group_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.group.updated', COALESCE(body.uid, body.id, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_iam_group_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_group_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.group.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_group_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_group_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.roles.created', COALESCE(body.uid, body.id, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_iam_roles_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_roles_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.roles.updated', COALESCE(body.uid, body.id, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_iam_roles_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_roles_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.roles.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_roles_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_roles_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.account_associations.created', COALESCE(body.uid, body.group, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_iam_account_associations_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_account_associations_created_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.account_associations.updated', COALESCE(body.uid, body.group, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_iam_account_associations_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_account_associations_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'iam.account_associations.deleted', COALESCE(body.uid, body.group, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_iam_account_associations_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_iam_account_associations_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'events.subscription.created', COALESCE(body.uid, body.id, ce_subject), body.sink,
    NULL, NULL, actor, 'dev_chainguard_api_events_subscription_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_events_subscription_created_v1`
  UNION ALL
  SELECT
    happened_at, 'events.subscription.deleted', COALESCE(body.uid, body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_events_subscription_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_events_subscription_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.policies.created', COALESCE(body.id, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_policies_policies_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_policies_created_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.policies.updated', COALESCE(body.id, ce_subject), body.name,
    NULL, NULL, actor, 'dev_chainguard_api_policies_policies_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_policies_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.policies.deleted', COALESCE(body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_policies_policies_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_policies_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.bindings.created', COALESCE(body.id, ce_subject), body.policy,
    NULL, NULL, actor, 'dev_chainguard_api_policies_bindings_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_bindings_created_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.bindings.updated', COALESCE(body.id, ce_subject), body.policy,
    NULL, NULL, actor, 'dev_chainguard_api_policies_bindings_updated_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_bindings_updated_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.bindings.deleted', COALESCE(body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_policies_bindings_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_bindings_deleted_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.overrides.created', COALESCE(body.id, ce_subject), body.reason,
    NULL, NULL, actor, 'dev_chainguard_api_policies_overrides_created_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_overrides_created_v1`
  UNION ALL
  SELECT
    happened_at, 'policies.overrides.deleted', COALESCE(body.id, ce_subject), NULL,
    NULL, NULL, actor, 'dev_chainguard_api_policies_overrides_deleted_v1', ce_source, ce_id, data_digest
  FROM `{events}.dev_chainguard_api_policies_overrides_deleted_v1`
)
