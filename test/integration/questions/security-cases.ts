/** Questions about what fails, is denied, changes, or should not be. */
import { at, type Case, change, forgotten, pull, push } from "./case.ts";

const denied = (mode: string, result: string) => ({
  policy_id: "p",
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
        identity_kind: "user",
        identity_name: "ada@acme.example",
        errors: 2,
        images: 2,
        for_example: "acme/redis",
        last_seen: at("20T11:00:00"),
      },
      {
        error_code: "MANIFEST_UNKNOWN",
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
      pull({ time: "20T10:00:00", policies: [denied("ENFORCED", "DENIED"), denied("DRY_RUN", "ALLOWED")] }),
      pull({ time: "20T11:00:00", policies: [denied("ENFORCED", "DENIED")] }),
      pull({ time: "20T11:00:00", policies: [denied("DRY_RUN", "ERROR")], who: "bob" }),
      pull({ time: "20T11:00:00" }),
    ],
    rows: [
      {
        policy_name: "signed-only",
        mode: "POLICY_MODE_ENFORCED",
        result: "RESULT_DENIED",
        repository: "acme/nginx",
        identity_name: "ada@acme.example",
        events: 2,
        last_seen: at("20T11:00:00"),
      },
      {
        policy_name: "signed-only",
        mode: "POLICY_MODE_DRY_RUN",
        result: "RESULT_ERROR",
        repository: "acme/nginx",
        identity_name: "bob@acme.example",
        events: 1,
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
      change("2026-09-01T13:00:00Z", "iam.identity.deleted", { id: "g/old" }),
    ],
    rows: [
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
