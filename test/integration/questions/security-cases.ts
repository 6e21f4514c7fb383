/** Questions about what fails, is denied, changes, or should not be. */
import { at, type Case, change, forgotten, pull, push } from "./case.ts";

const denied = (mode: string, result: string, ...reasons: readonly string[]) => ({
  policy_id: "p",
  reasons,
  policy_name: "signed-only",
  mode: `POLICY_MODE_${mode}`,
  result: `RESULT_${result}`,
});

export const SECURITY_CASES: readonly Case[] = [
  {
    question: "errors",
    events: [
      pull({ time: "20T10:00:00", error: "DENIED" }),
      pull({ time: "20T11:00:00", error: "DENIED", image: "acme/redis" }),
      pull({ time: "20T11:00:00", error: "MANIFEST_UNKNOWN", who: "" }),
      pull({ time: "20T11:00:00" }),
    ],
    rows: [
      {
        error_code: "DENIED",
        registry: "cgr.dev",
        errors_of_code: 2,
        identity_kind: "user",
        identity_name: "ada@acme.example",
        errors: 2,
        images: 2,
        for_example: "acme/redis",
        last_seen: at("20T11:00:00"),
      },
      {
        error_code: "MANIFEST_UNKNOWN",
        registry: "cgr.dev",
        errors_of_code: 1,
        identity_kind: "anonymous",
        identity_name: null,
        errors: 1,
        images: 1,
        for_example: "acme/nginx",
        last_seen: at("20T11:00:00"),
      },
    ],
  },
  {
    question: "denials",
    events: [
      // A check and the download that follows it are one pull.
      pull({
        time: "20T10:00:00",
        tag: "1",
        method: "HEAD",
        policies: [denied("ENFORCED", "DENIED", "unsigned")],
      }),
      pull({
        time: "20T10:00:01",
        tag: "1",
        policies: [denied("ENFORCED", "DENIED", "unsigned"), denied("DRY_RUN", "ALLOWED")],
      }),
      pull({ time: "20T11:00:00", policies: [denied("ENFORCED", "DENIED", "no signature", "no SBOM")] }),
      pull({ time: "20T11:00:00", policies: [denied("DRY_RUN", "ERROR")], who: "bob" }),
      pull({ time: "20T11:00:00" }),
    ],
    rows: [
      {
        policy_name: "signed-only",
        dry_run: false,
        result: "RESULT_DENIED",
        registry: "cgr.dev",
        repository: "acme/nginx",
        identity_name: "ada@acme.example",
        pulls: 2,
        requests: 3,
        reasons: "no signature; no SBOM | unsigned",
        pulls_of_policy: 3,
        last_seen: at("20T11:00:00"),
      },
      {
        policy_name: "signed-only",
        dry_run: true,
        result: "RESULT_ERROR",
        registry: "cgr.dev",
        repository: "acme/nginx",
        identity_name: "bob@acme.example",
        pulls: 1,
        requests: 1,
        reasons: null,
        pulls_of_policy: 3,
        last_seen: at("20T11:00:00"),
      },
    ],
  },
  {
    question: "changes",
    about: "both shapes of an API event, and a batch",
    events: [
      change(
        "20T10:00:00",
        "iam.group_invite.created",
        {
          uid: "g/invite",
          email: "eve@acme.example",
          roleUid: "g/viewer",
        },
        { id: "1" },
      ),
      change(
        "20T11:00:00",
        "iam.rolebindings.created",
        {
          parent: "g",
          role_binding: { id: "g/rb", identity: "g/eve", role: "g/owner" },
        },
        { id: "2" },
      ),
      change(
        "20T12:00:00",
        "iam.rolebindings.created.batch",
        {
          roleBindings: [
            { id: "g/rb1", identity: "g/x", role: "g/viewer" },
            { uid: "g/rb2", identityUid: "g/y", roleUid: "g/viewer" },
          ],
        },
        { id: "3" },
      ),
      change("20T13:00:00", "iam.identity.deleted", { id: "g/eve" }, { id: "4" }),
      change(
        "20T14:00:00",
        "iam.external_group_role_mappings.deleted.batch",
        { items: [{ id: "g/m1", externalGroupId: "platform", roleUidp: "g/owner" }] },
        { id: "5" },
      ),
      change(
        "20T15:00:00",
        "iam.external_group_role_mappings.deleted.batch",
        { externalGroupRoleMappings: [{ uid: "g/m2", roleUid: "g/viewer" }, { uid: "g/m3" }] },
        { id: "6" },
      ),
      change("2026-09-01T13:00:00Z", "iam.identity.deleted", { id: "g/old" }),
    ],
    rows: [
      row("20T15:00:00", "iam.external_group_role_mappings.deleted.batch", "g/m2", "6", { role: "g/viewer" }),
      row("20T15:00:00", "iam.external_group_role_mappings.deleted.batch", "g/m3", "6"),
      row("20T14:00:00", "iam.external_group_role_mappings.deleted.batch", "g/m1", "5", {
        name: "platform",
        role: "g/owner",
      }),
      row("20T13:00:00", "iam.identity.deleted", "g/eve", "4"),
      row("20T12:00:00", "iam.rolebindings.created.batch", "g/rb1", "3", {
        role: "g/viewer",
        granted_to: "g/x",
      }),
      row("20T12:00:00", "iam.rolebindings.created.batch", "g/rb2", "3", {
        role: "g/viewer",
        granted_to: "g/y",
      }),
      row("20T11:00:00", "iam.rolebindings.created", "g/rb", "2", { role: "g/owner", granted_to: "g/eve" }),
      row("20T10:00:00", "iam.group_invite.created", "g/invite", "1", {
        name: "eve@acme.example",
        role: "g/viewer",
      }),
    ],
  },
  {
    question: "replays",
    events: [
      pull({ time: "20T10:00:00", id: "true" }),
      pull({ time: "20T10:00:00", id: "again" }),
      push({ time: "20T10:00:00", id: "other" }),
      pull({ time: "20T10:00:01", id: "later" }),
      // Of these the digest went with the person, so that nothing says whether they are the same.
      forgotten(pull({ time: "20T11:00:00", id: "gone", who: "eve-1" })),
      forgotten(pull({ time: "20T12:00:00", id: "gone too", who: "eve-1" })),
      // Loaded again after it: what is left is the same, and has a digest.
      pull({ time: "20T13:00:00", id: "left", who: "forgotten" }),
      pull({ time: "20T13:00:00", id: "left too", who: "forgotten" }),
      // A change has no time in its data.
      change("20T13:00:00", "iam.identity.deleted", { id: "g/eve" }, { id: "once" }),
      change("20T14:00:00", "iam.identity.deleted", { id: "g/eve" }, { id: "twice" }),
    ],
    rows: [
      {
        data_digest: "sha256:",
        ids: 2,
        first_seen: at("20T10:00:00"),
        last_seen: at("20T10:00:00"),
        source_table: "dev_chainguard_registry_pull_v1",
        some_ids: "again true",
      },
    ],
  },
];

function row(time: string, event: string, object: string, id: string, more: object = {}) {
  const nothing = { name: null, role: null, granted_to: null };
  return { time: at(time), event, by_whom: "ada@acme.example", ...nothing, ...more, object, ce_id: id };
}
