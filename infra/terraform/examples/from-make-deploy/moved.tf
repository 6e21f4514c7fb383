# Written by `make module` from infra/gcp; change it there.

moved {
  from = google_artifact_registry_repository.images
  to   = module.pullhouse.google_artifact_registry_repository.images
}

moved {
  from = google_artifact_registry_repository_iam_member.images-build
  to   = module.pullhouse.google_artifact_registry_repository_iam_member.images-build
}

moved {
  from = google_bigquery_dataset.dataset
  to   = module.pullhouse.google_bigquery_dataset.dataset
}

moved {
  from = google_bigquery_dataset.staging
  to   = module.pullhouse.google_bigquery_dataset.staging
}

moved {
  from = google_bigquery_dataset_iam_member.dataset-loader
  to   = module.pullhouse.google_bigquery_dataset_iam_member.dataset-loader
}

moved {
  from = google_bigquery_dataset_iam_member.staging-loader
  to   = module.pullhouse.google_bigquery_dataset_iam_member.staging-loader
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_chart_delete_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_chart_delete_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_chart_linted_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_chart_linted_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_chart_pull_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_chart_pull_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_chart_push_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_chart_push_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_manifest_delete_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_manifest_delete_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_manifest_pull_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_manifest_pull_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_manifest_push_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_manifest_push_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_poll_mirroring_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_poll_mirroring_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_promotion_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_promotion_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_push_mirroring_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_push_mirroring_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_repo_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_repo_created_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_repo_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_repo_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_repo_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_repo_updated_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_scan_completed_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_scan_completed_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_scan_failed_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_scan_failed_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_scanner_update_completed_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_scanner_update_completed_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_tag_delete_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_tag_delete_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_tag_pull_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_tag_pull_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_tag_push_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_tag_push_v1"]
}

moved {
  from = google_bigquery_table.table-com_mirantis_msr_test_v1
  to   = module.pullhouse.google_bigquery_table.tables["com_mirantis_msr_test_v1"]
}

moved {
  from = google_bigquery_table.table-daily_denials
  to   = module.pullhouse.google_bigquery_table.tables["daily_denials"]
}

moved {
  from = google_bigquery_table.table-daily_errors
  to   = module.pullhouse.google_bigquery_table.tables["daily_errors"]
}

moved {
  from = google_bigquery_table.table-daily_identities
  to   = module.pullhouse.google_bigquery_table.tables["daily_identities"]
}

moved {
  from = google_bigquery_table.table-daily_pulls
  to   = module.pullhouse.google_bigquery_table.tables["daily_pulls"]
}

moved {
  from = google_bigquery_table.table-daily_tags
  to   = module.pullhouse.google_bigquery_table.tables["daily_tags"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_actions_entitlement_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_actions_entitlement_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_actions_entitlement_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_actions_entitlement_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_argos_documents_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_argos_documents_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_argos_documents_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_argos_documents_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_auth_registered_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_auth_registered_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_ecosystems_entitlements_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_ecosystems_entitlements_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_ecosystems_entitlements_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_ecosystems_entitlements_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_events_subscription_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_events_subscription_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_events_subscription_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_events_subscription_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_account_associations_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_account_associations_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_account_associations_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_account_associations_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_account_associations_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_account_associations_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_external_group_role_mappings_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_external_group_role_mappings_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_external_group_role_mappings_deleted_batch_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_external_group_role_mappings_deleted_batch_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_external_group_role_mappings_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_external_group_role_mappings_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_group_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_group_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_group_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_group_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_group_invite_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_group_invite_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_group_invite_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_group_invite_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_group_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_group_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_metadata_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_metadata_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_scim_enabled_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_scim_enabled_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_scim_token_generated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_scim_token_generated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_scim_token_regenerated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_scim_token_regenerated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_scim_token_revoked_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_scim_token_revoked_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_providers_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_providers_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_identity_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_identity_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_rolebindings_created_batch_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_rolebindings_created_batch_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_rolebindings_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_rolebindings_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_rolebindings_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_rolebindings_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_rolebindings_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_rolebindings_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_roles_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_roles_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_roles_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_roles_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_roles_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_roles_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_iam_terms_accepted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_iam_terms_accepted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_aws_marketplace_subscription_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_aws_marketplace_subscription_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_aws_marketplace_subscription_unsubscribed_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_aws_marketplace_subscription_unsubscribed_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_aws_marketplace_subscription_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_aws_marketplace_subscription_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_entitlements_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_entitlements_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_entitlements_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_entitlements_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_coverage_refreshed_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_coverage_refreshed_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_items_removed_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_items_removed_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_items_restored_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_items_restored_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_submitted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_submitted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_request_group_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_request_group_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_resolutioncache_optout_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_resolutioncache_optout_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_libraries_resolutioncache_zapped_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_libraries_resolutioncache_zapped_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_chart_added_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_chart_added_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_overlay_binding_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_overlay_binding_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_overlay_binding_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_overlay_binding_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_overlay_binding_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_overlay_binding_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_overlay_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_overlay_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_overlay_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_overlay_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_overlay_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_overlay_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_repo_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_repo_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_repo_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_repo_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_repo_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_repo_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_tag_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_tag_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_tag_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_tag_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_platform_registry_tag_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_platform_registry_tag_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_bindings_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_bindings_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_bindings_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_bindings_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_bindings_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_bindings_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_overrides_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_overrides_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_overrides_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_overrides_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_policies_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_policies_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_policies_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_policies_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_policies_policies_updated_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_policies_policies_updated_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_registry_entitlement_images_added_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_registry_entitlement_images_added_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_registry_entitlement_images_removed_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_registry_entitlement_images_removed_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_registry_entitlement_images_swapped_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_registry_entitlement_images_swapped_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_skills_entitlements_created_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_skills_entitlements_created_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_api_skills_entitlements_deleted_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_api_skills_entitlements_deleted_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_apk_pull_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_apk_pull_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_apk_push_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_apk_push_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_apk_withdraw_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_apk_withdraw_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_registry_pull_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_registry_pull_v1"]
}

moved {
  from = google_bigquery_table.table-dev_chainguard_registry_push_v1
  to   = module.pullhouse.google_bigquery_table.tables["dev_chainguard_registry_push_v1"]
}

moved {
  from = google_bigquery_table.table-harbor_artifact_deleted
  to   = module.pullhouse.google_bigquery_table.tables["harbor_artifact_deleted"]
}

moved {
  from = google_bigquery_table.table-harbor_artifact_pulled
  to   = module.pullhouse.google_bigquery_table.tables["harbor_artifact_pulled"]
}

moved {
  from = google_bigquery_table.table-harbor_artifact_pushed
  to   = module.pullhouse.google_bigquery_table.tables["harbor_artifact_pushed"]
}

moved {
  from = google_bigquery_table.table-harbor_quota_exceeded
  to   = module.pullhouse.google_bigquery_table.tables["harbor_quota_exceeded"]
}

moved {
  from = google_bigquery_table.table-harbor_quota_warned
  to   = module.pullhouse.google_bigquery_table.tables["harbor_quota_warned"]
}

moved {
  from = google_bigquery_table.table-harbor_replication_status_changed
  to   = module.pullhouse.google_bigquery_table.tables["harbor_replication_status_changed"]
}

moved {
  from = google_bigquery_table.table-harbor_scan_completed
  to   = module.pullhouse.google_bigquery_table.tables["harbor_scan_completed"]
}

moved {
  from = google_bigquery_table.table-harbor_scan_failed
  to   = module.pullhouse.google_bigquery_table.tables["harbor_scan_failed"]
}

moved {
  from = google_bigquery_table.table-harbor_scan_stopped
  to   = module.pullhouse.google_bigquery_table.tables["harbor_scan_stopped"]
}

moved {
  from = google_bigquery_table.table-harbor_tag_created
  to   = module.pullhouse.google_bigquery_table.tables["harbor_tag_created"]
}

moved {
  from = google_bigquery_table.table-harbor_tag_retention_finished
  to   = module.pullhouse.google_bigquery_table.tables["harbor_tag_retention_finished"]
}

moved {
  from = google_bigquery_table.table-io_cncf_distribution_delete_v1
  to   = module.pullhouse.google_bigquery_table.tables["io_cncf_distribution_delete_v1"]
}

moved {
  from = google_bigquery_table.table-io_cncf_distribution_mount_v1
  to   = module.pullhouse.google_bigquery_table.tables["io_cncf_distribution_mount_v1"]
}

moved {
  from = google_bigquery_table.table-io_cncf_distribution_pull_v1
  to   = module.pullhouse.google_bigquery_table.tables["io_cncf_distribution_pull_v1"]
}

moved {
  from = google_bigquery_table.table-io_cncf_distribution_push_v1
  to   = module.pullhouse.google_bigquery_table.tables["io_cncf_distribution_push_v1"]
}

moved {
  from = google_bigquery_table.table-loads
  to   = module.pullhouse.google_bigquery_table.tables["loads"]
}

moved {
  from = google_bigquery_table.table-rejected_events
  to   = module.pullhouse.google_bigquery_table.tables["rejected_events"]
}

moved {
  from = google_bigquery_table.table-rolled_up
  to   = module.pullhouse.google_bigquery_table.tables["rolled_up"]
}

moved {
  from = google_bigquery_table.table-unregistered_events
  to   = module.pullhouse.google_bigquery_table.tables["unregistered_events"]
}

moved {
  from = google_bigquery_table.table-zotregistry_image_deleted
  to   = module.pullhouse.google_bigquery_table.tables["zotregistry_image_deleted"]
}

moved {
  from = google_bigquery_table.table-zotregistry_image_lint_failed
  to   = module.pullhouse.google_bigquery_table.tables["zotregistry_image_lint_failed"]
}

moved {
  from = google_bigquery_table.table-zotregistry_image_scanned
  to   = module.pullhouse.google_bigquery_table.tables["zotregistry_image_scanned"]
}

moved {
  from = google_bigquery_table.table-zotregistry_image_updated
  to   = module.pullhouse.google_bigquery_table.tables["zotregistry_image_updated"]
}

moved {
  from = google_bigquery_table.table-zotregistry_repository_created
  to   = module.pullhouse.google_bigquery_table.tables["zotregistry_repository_created"]
}

moved {
  from = google_bigquery_table.view-audit
  to   = module.pullhouse.google_bigquery_table.views-0["audit"]
}

moved {
  from = google_bigquery_table.view-clients
  to   = module.pullhouse.google_bigquery_table.views-1["clients"]
}

moved {
  from = google_bigquery_table.view-folded_requests
  to   = module.pullhouse.google_bigquery_table.views-1["folded_requests"]
}

moved {
  from = google_bigquery_table.view-identities
  to   = module.pullhouse.google_bigquery_table.views-1["identities"]
}

moved {
  from = google_bigquery_table.view-images
  to   = module.pullhouse.google_bigquery_table.views-3["images"]
}

moved {
  from = google_bigquery_table.view-logical_pulls
  to   = module.pullhouse.google_bigquery_table.views-2["logical_pulls"]
}

moved {
  from = google_bigquery_table.view-pulls
  to   = module.pullhouse.google_bigquery_table.views-0["pulls"]
}

moved {
  from = google_bigquery_table.view-pulls_daily
  to   = module.pullhouse.google_bigquery_table.views-1["pulls_daily"]
}

moved {
  from = google_bigquery_table.view-pushes
  to   = module.pullhouse.google_bigquery_table.views-0["pushes"]
}

moved {
  from = google_cloud_run_v2_service.batcher
  to   = module.pullhouse.google_cloud_run_v2_service.batcher
}

moved {
  from = google_cloud_run_v2_service.loader
  to   = module.pullhouse.google_cloud_run_v2_service.loader
}

moved {
  from = google_cloud_run_v2_service.receiver-us-central1
  to   = module.pullhouse.google_cloud_run_v2_service.receiver["us-central1"]
}

moved {
  from = google_cloud_run_v2_service_iam_member.batcher-alarms
  to   = module.pullhouse.google_cloud_run_v2_service_iam_member.batcher-alarms
}

moved {
  from = google_cloud_run_v2_service_iam_member.loader-alarms
  to   = module.pullhouse.google_cloud_run_v2_service_iam_member.loader-alarms
}

moved {
  from = google_cloud_run_v2_service_iam_member.receiver-us-central1-public
  to   = module.pullhouse.google_cloud_run_v2_service_iam_member.receiver-public["us-central1"]
}

moved {
  from = google_cloud_scheduler_job.safety-net-drain
  to   = module.pullhouse.google_cloud_scheduler_job.safety-net-drain
}

moved {
  from = google_cloud_scheduler_job.safety-net-load
  to   = module.pullhouse.google_cloud_scheduler_job.safety-net-load
}

moved {
  from = google_cloud_tasks_queue.queue-drain
  to   = module.pullhouse.google_cloud_tasks_queue.queue-drain
}

moved {
  from = google_cloud_tasks_queue.queue-load
  to   = module.pullhouse.google_cloud_tasks_queue.queue-load
}

moved {
  from = google_cloud_tasks_queue.queue-rollup
  to   = module.pullhouse.google_cloud_tasks_queue.queue-rollup
}

moved {
  from = google_cloud_tasks_queue_iam_member.queue-drain-batcher
  to   = module.pullhouse.google_cloud_tasks_queue_iam_member.queue-drain-batcher
}

moved {
  from = google_cloud_tasks_queue_iam_member.queue-drain-receiver
  to   = module.pullhouse.google_cloud_tasks_queue_iam_member.queue-drain-receiver
}

moved {
  from = google_cloud_tasks_queue_iam_member.queue-load-batcher
  to   = module.pullhouse.google_cloud_tasks_queue_iam_member.queue-load-batcher
}

moved {
  from = google_cloud_tasks_queue_iam_member.queue-load-loader
  to   = module.pullhouse.google_cloud_tasks_queue_iam_member.queue-load-loader
}

moved {
  from = google_cloud_tasks_queue_iam_member.queue-rollup-loader
  to   = module.pullhouse.google_cloud_tasks_queue_iam_member.queue-rollup-loader
}

moved {
  from = google_logging_metric.metric-dead-letters
  to   = module.pullhouse.google_logging_metric.metric-dead-letters
}

moved {
  from = google_logging_metric.metric-failed-drains
  to   = module.pullhouse.google_logging_metric.metric-failed-drains
}

moved {
  from = google_logging_metric.metric-failed-loads
  to   = module.pullhouse.google_logging_metric.metric-failed-loads
}

moved {
  from = google_logging_metric.metric-pending-age
  to   = module.pullhouse.google_logging_metric.metric-pending-age
}

moved {
  from = google_logging_metric.metric-quarantined
  to   = module.pullhouse.google_logging_metric.metric-quarantined
}

moved {
  from = google_logging_metric.metric-rejected
  to   = module.pullhouse.google_logging_metric.metric-rejected
}

moved {
  from = google_logging_metric.metric-rows
  to   = module.pullhouse.google_logging_metric.metric-rows
}

moved {
  from = google_logging_metric.metric-unregistered
  to   = module.pullhouse.google_logging_metric.metric-unregistered
}

moved {
  from = google_logging_project_exclusion.requests-that-went-well
  to   = module.pullhouse.google_logging_project_exclusion.requests-that-went-well
}

moved {
  from = google_monitoring_alert_policy.alert-events-are-held-up
  to   = module.pullhouse.google_monitoring_alert_policy.alert-events-are-held-up[0]
}

moved {
  from = google_monitoring_alert_policy.alert-something-to-look-at
  to   = module.pullhouse.google_monitoring_alert_policy.alert-something-to-look-at[0]
}

moved {
  from = google_monitoring_dashboard.dashboard
  to   = module.pullhouse.google_monitoring_dashboard.dashboard
}

moved {
  from = google_project_iam_custom_role.role-loader
  to   = module.pullhouse.google_project_iam_custom_role.role-loader
}

moved {
  from = google_project_iam_member.jobs-loader
  to   = module.pullhouse.google_project_iam_member.jobs-loader
}

moved {
  from = google_project_iam_member.logs-build
  to   = module.pullhouse.google_project_iam_member.logs-build
}

moved {
  from = google_project_service.api-artifactregistry
  to   = module.pullhouse.google_project_service.api-artifactregistry
}

moved {
  from = google_project_service.api-bigquery
  to   = module.pullhouse.google_project_service.api-bigquery
}

moved {
  from = google_project_service.api-cloudbuild
  to   = module.pullhouse.google_project_service.api-cloudbuild
}

moved {
  from = google_project_service.api-cloudresourcemanager
  to   = module.pullhouse.google_project_service.api-cloudresourcemanager
}

moved {
  from = google_project_service.api-cloudscheduler
  to   = module.pullhouse.google_project_service.api-cloudscheduler
}

moved {
  from = google_project_service.api-cloudtasks
  to   = module.pullhouse.google_project_service.api-cloudtasks
}

moved {
  from = google_project_service.api-iam
  to   = module.pullhouse.google_project_service.api-iam
}

moved {
  from = google_project_service.api-logging
  to   = module.pullhouse.google_project_service.api-logging
}

moved {
  from = google_project_service.api-monitoring
  to   = module.pullhouse.google_project_service.api-monitoring
}

moved {
  from = google_project_service.api-pubsub
  to   = module.pullhouse.google_project_service.api-pubsub
}

moved {
  from = google_project_service.api-run
  to   = module.pullhouse.google_project_service.api-run
}

moved {
  from = google_project_service.api-secretmanager
  to   = module.pullhouse.google_project_service.api-secretmanager[0]
}

moved {
  from = google_project_service.api-storage
  to   = module.pullhouse.google_project_service.api-storage
}

moved {
  from = google_project_service.api-storagetransfer
  to   = module.pullhouse.google_project_service.api-storagetransfer[0]
}

moved {
  from = google_pubsub_subscription.dead-letters-bucket
  to   = module.pullhouse.google_pubsub_subscription.dead-letters-bucket
}

moved {
  from = google_pubsub_subscription.events-batcher
  to   = module.pullhouse.google_pubsub_subscription.events-batcher
}

moved {
  from = google_pubsub_subscription_iam_member.events-batcher-agent
  to   = module.pullhouse.google_pubsub_subscription_iam_member.events-batcher-agent
}

moved {
  from = google_pubsub_subscription_iam_member.events-batcher-batcher
  to   = module.pullhouse.google_pubsub_subscription_iam_member.events-batcher-batcher
}

moved {
  from = google_pubsub_topic.dead-letters
  to   = module.pullhouse.google_pubsub_topic.dead-letters
}

moved {
  from = google_pubsub_topic.events
  to   = module.pullhouse.google_pubsub_topic.events
}

moved {
  from = google_pubsub_topic_iam_member.dead-letters-agent
  to   = module.pullhouse.google_pubsub_topic_iam_member.dead-letters-agent
}

moved {
  from = google_pubsub_topic_iam_member.events-receiver
  to   = module.pullhouse.google_pubsub_topic_iam_member.events-receiver
}

moved {
  from = google_secret_manager_secret.secret-DISTRIBUTION_AUTHORIZATION
  to   = module.pullhouse.google_secret_manager_secret.secret["DISTRIBUTION_AUTHORIZATION"]
}

moved {
  from = google_secret_manager_secret.secret-HARBOR_AUTHORIZATION
  to   = module.pullhouse.google_secret_manager_secret.secret["HARBOR_AUTHORIZATION"]
}

moved {
  from = google_secret_manager_secret.secret-MSR_BASIC
  to   = module.pullhouse.google_secret_manager_secret.secret["MSR_BASIC"]
}

moved {
  from = google_secret_manager_secret.secret-MSR_SECRETS
  to   = module.pullhouse.google_secret_manager_secret.secret["MSR_SECRETS"]
}

moved {
  from = google_secret_manager_secret.secret-PRIVACY_KEY
  to   = module.pullhouse.google_secret_manager_secret.secret["PRIVACY_KEY"]
}

moved {
  from = google_secret_manager_secret.secret-ZOT_BASIC
  to   = module.pullhouse.google_secret_manager_secret.secret["ZOT_BASIC"]
}

moved {
  from = google_secret_manager_secret.secret-ZOT_TOKENS
  to   = module.pullhouse.google_secret_manager_secret.secret["ZOT_TOKENS"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-DISTRIBUTION_AUTHORIZATION-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["DISTRIBUTION_AUTHORIZATION"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-HARBOR_AUTHORIZATION-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["HARBOR_AUTHORIZATION"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-MSR_BASIC-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["MSR_BASIC"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-MSR_SECRETS-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["MSR_SECRETS"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-PRIVACY_KEY-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["PRIVACY_KEY"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-ZOT_BASIC-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["ZOT_BASIC"]
}

moved {
  from = google_secret_manager_secret_iam_member.secret-ZOT_TOKENS-receiver
  to   = module.pullhouse.google_secret_manager_secret_iam_member.secret-receiver["ZOT_TOKENS"]
}

moved {
  from = google_service_account.account-alarms
  to   = module.pullhouse.google_service_account.account-alarms
}

moved {
  from = google_service_account.account-batcher
  to   = module.pullhouse.google_service_account.account-batcher
}

moved {
  from = google_service_account.account-build
  to   = module.pullhouse.google_service_account.account-build
}

moved {
  from = google_service_account.account-loader
  to   = module.pullhouse.google_service_account.account-loader
}

moved {
  from = google_service_account.account-receiver
  to   = module.pullhouse.google_service_account.account-receiver
}

moved {
  from = google_service_account_iam_member.alarms-batcher
  to   = module.pullhouse.google_service_account_iam_member.alarms-batcher
}

moved {
  from = google_service_account_iam_member.alarms-loader
  to   = module.pullhouse.google_service_account_iam_member.alarms-loader
}

moved {
  from = google_service_account_iam_member.alarms-receiver
  to   = module.pullhouse.google_service_account_iam_member.alarms-receiver
}

moved {
  from = google_storage_bucket.archive
  to   = module.pullhouse.google_storage_bucket.archive[0]
}

moved {
  from = google_storage_bucket.bucket
  to   = module.pullhouse.google_storage_bucket.bucket
}

moved {
  from = google_storage_bucket.dead-letter-files
  to   = module.pullhouse.google_storage_bucket.dead-letter-files
}

moved {
  from = google_storage_bucket_iam_member.bucket-batcher-lists
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-batcher-lists
}

moved {
  from = google_storage_bucket_iam_member.bucket-batcher-moves
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-batcher-moves
}

moved {
  from = google_storage_bucket_iam_member.bucket-batcher-writes
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-batcher-writes
}

moved {
  from = google_storage_bucket_iam_member.bucket-build-reads
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-build-reads
}

moved {
  from = google_storage_bucket_iam_member.bucket-loader-lists
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-loader-lists
}

moved {
  from = google_storage_bucket_iam_member.bucket-loader-moves
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-loader-moves
}

moved {
  from = google_storage_bucket_iam_member.bucket-loader-reads
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-loader-reads
}

moved {
  from = google_storage_bucket_iam_member.bucket-receiver-writes
  to   = module.pullhouse.google_storage_bucket_iam_member.bucket-receiver-writes
}

moved {
  from = google_storage_bucket_iam_member.dead-letter-files-pubsub-looks
  to   = module.pullhouse.google_storage_bucket_iam_member.dead-letter-files-pubsub-looks
}

moved {
  from = google_storage_bucket_iam_member.dead-letter-files-pubsub-writes
  to   = module.pullhouse.google_storage_bucket_iam_member.dead-letter-files-pubsub-writes
}

moved {
  from = google_storage_bucket_iam_member.transfer-looks
  to   = module.pullhouse.google_storage_bucket_iam_member.transfer-looks[0]
}

moved {
  from = google_storage_bucket_iam_member.transfer-looks-at-archive
  to   = module.pullhouse.google_storage_bucket_iam_member.transfer-looks-at-archive[0]
}

moved {
  from = google_storage_bucket_iam_member.transfer-reads
  to   = module.pullhouse.google_storage_bucket_iam_member.transfer-reads[0]
}

moved {
  from = google_storage_bucket_iam_member.transfer-writes
  to   = module.pullhouse.google_storage_bucket_iam_member.transfer-writes[0]
}

moved {
  from = google_storage_transfer_job.archive-copy
  to   = module.pullhouse.google_storage_transfer_job.archive-copy[0]
}
