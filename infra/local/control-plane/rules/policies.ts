/** What an IAM policy may say. */
import { isKnownAccount } from "../accounts.ts";
import { bucketName, bucketPolicyName } from "../apis/storage.ts";
import type { Call, Rule } from "../call.ts";
import { fullName, namedIn } from "../collection.ts";
import { at, type Json, numberAt, recordAt, recordsAt, textAt } from "../json.ts";
import { METHODS } from "../methods.ts";
import { type Binding, bindingsOf, policyOf } from "../policy.ts";
import { rule } from "./rule.ts";

const SET_POLICY = Object.values(METHODS)
  .flat()
  .filter((id) => id.endsWith(".setIamPolicy"));
const SET_BUCKET_POLICY = "storage.buckets.setIamPolicy";
const BASIC: readonly string[] = ["roles/owner", "roles/editor", "roles/viewer"];
const PUBLIC: readonly string[] = ["allUsers", "allAuthenticatedUsers"];

/** Cloud Storage's body is the policy itself. */
const policyIn = ({ body, method }: Call) =>
  method.id === SET_BUCKET_POLICY ? body : recordAt(body, "policy");

const bindings = (call: Call) => bindingsOf(policyIn(call));

function presentPolicy(call: Call): Json {
  const { bucket, resource } = call.params;
  if (bucket !== undefined) return policyOf(call.world, bucketPolicyName(bucket));
  const isProject = call.method.id.startsWith("cloudresourcemanager.");
  return policyOf(call.world, fullName(call, isProject ? `projects/${resource ?? ""}` : namedIn(call)));
}

/** A member that names a service account which is not there, or cannot be seen yet. */
function unknownAccount({ world }: Call, { members }: Binding): string | undefined {
  const emails = members
    .filter((member) => member.startsWith("serviceAccount:"))
    .map((member) => member.slice("serviceAccount:".length));
  return emails.find((email) => !isKnownAccount(world, email));
}

/** Members that the policy does not have yet: what is there already is not looked at again. */
function newBindings(call: Call): readonly Binding[] {
  const known = new Set(bindingsOf(presentPolicy(call)).flatMap(({ members }) => members));
  return bindings(call).map(({ members, ...binding }) => ({
    ...binding,
    members: members.filter((member) => !known.has(member)),
  }));
}

const isCustomRoleMissing = ({ world }: Call, { role }: Binding) => {
  if (role.startsWith("roles/")) return false;
  const found = world.state.resources.get(`//iam.googleapis.com/${role}`);
  return found === undefined || found["deleted"] === true;
};

const hasCondition = ({ condition }: Binding) => condition !== undefined;
const isPublic = ({ members }: Binding) => members.some((member) => PUBLIC.includes(member));

export const POLICY_RULES: readonly Rule[] = [
  rule({
    id: "stale-policy",
    source: "https://cloud.google.com/iam/docs/policies#etag",
    methods: SET_POLICY.filter((id) => id !== SET_BUCKET_POLICY),
    code: "ABORTED",
    message: staleMessage,
  }),
  rule({
    id: "stale-bucket-policy",
    source: "https://cloud.google.com/storage/docs/access-control/using-iam-permissions#conditional-requests",
    methods: [SET_BUCKET_POLICY],
    code: "CONDITION_NOT_MET",
    message: staleMessage,
  }),
  rule({
    id: "grant-to-unknown-account",
    // Of a project, a topic, a bucket: https://github.com/GoogleCloudPlatform/genai-for-marketing/issues/139,
    // https://github.com/Liscor/terraform_dataform_ga4_pipeline/issues/1.
    source: "https://github.com/GoogleCloudPlatform/data-migration-tool/issues/58",
    methods: SET_POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      for (const binding of newBindings(call)) {
        const email = unknownAccount(call, binding);
        if (email !== undefined) return `Service account ${email} does not exist.`;
      }
      return undefined;
    },
  }),
  rule({
    id: "dataset-access-of-unknown-account",
    source:
      "https://github.com/hashicorp/terraform-provider-google/blob/v6.50.0/google/transport/error_retry_predicates.go",
    methods: ["bigquery.datasets.insert", "bigquery.datasets.patch", "bigquery.datasets.update"],
    code: "INVALID_ARGUMENT",
    message: ({ body, world }) => {
      const members = recordsAt(body, "access").map((entry) => textAt(entry, "userByEmail"));
      const email = members.find((one) => one.endsWith("gserviceaccount.com") && !isKnownAccount(world, one));
      return email === undefined
        ? undefined
        : `IAM setPolicy failed for Dataset: The permission could not be set: Service account ${email} does not exist.`;
    },
  }),
  rule({
    id: "grant-of-unknown-role",
    source: "https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role",
    methods: SET_POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const binding = bindings(call).find((one) => isCustomRoleMissing(call, one));
      return binding === undefined ? undefined : `Role ${binding.role} is not supported for this resource.`;
    },
  }),
  rule({
    id: "condition-needs-version-3",
    source: "https://cloud.google.com/iam/docs/policies#versions",
    methods: SET_POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) =>
      bindings(call).some(hasCondition) && numberAt(policyIn(call), "version") !== 3
        ? "Policies with conditional role bindings must specify version 3"
        : undefined,
  }),
  rule({
    id: "condition-on-public-member",
    source: "https://cloud.google.com/iam/docs/conditions-overview",
    methods: SET_POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) =>
      bindings(call).some((binding) => hasCondition(binding) && isPublic(binding))
        ? "Conditions are not allowed in bindings with allUsers or allAuthenticatedUsers"
        : undefined,
  }),
  rule({
    id: "condition-on-basic-role",
    source: "https://cloud.google.com/iam/docs/conditions-overview",
    methods: SET_POLICY,
    code: "INVALID_ARGUMENT",
    message: (call) =>
      bindings(call).some((binding) => hasCondition(binding) && BASIC.includes(binding.role))
        ? "Conditions are not allowed in bindings of the roles owner, editor and viewer"
        : undefined,
  }),
  rule({
    id: "condition-needs-uniform-access",
    source: "https://cloud.google.com/storage/docs/access-control/iam#conditions",
    methods: [SET_BUCKET_POLICY],
    code: "INVALID_ARGUMENT",
    message: (call) =>
      bindings(call).some(hasCondition) && !isBucketSetTo(call, "uniformBucketLevelAccess.enabled", true)
        ? "IAM conditions can only be used on buckets with uniform bucket-level access"
        : undefined,
  }),
  rule({
    id: "public-access-prevented",
    source: "https://cloud.google.com/storage/docs/public-access-prevention",
    methods: [SET_BUCKET_POLICY],
    code: "CONDITION_NOT_MET",
    message: (call) =>
      bindings(call).some(isPublic) && isBucketSetTo(call, "publicAccessPrevention", "enforced")
        ? "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced."
        : undefined,
  }),
];

function staleMessage(call: Call): string | undefined {
  const etag = textAt(policyIn(call), "etag");
  return etag === "" || etag === textAt(presentPolicy(call), "etag")
    ? undefined
    : "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.";
}

function isBucketSetTo({ world, params }: Call, path: string, value: unknown): boolean {
  const bucket = world.state.resources.get(bucketName(params["bucket"] ?? ""));
  return at(bucket, `iamConfiguration.${path}`) === value;
}
