/** Credentials of senders: the secrets are created here, their values never pass through Terraform's state. */
import {
  SecretManagerSecret,
  type SecretManagerSecretReplication,
} from "@cdktf/provider-google/lib/secret-manager-secret/index.js";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js";
import { type Context, type Grants, member } from "./context.ts";

export interface SecretParts {
  /** By the receiver's variable. */
  readonly secrets: ReadonlyMap<string, SecretManagerSecret>;
  readonly grants: Grants;
}

export function createSecrets(context: Context): SecretParts {
  const { stack, config, names, labels, apis } = context;
  const secrets = new Map(
    [...new Set(config.secrets)].map((variable) => [
      variable,
      new SecretManagerSecret(stack, `secret-${variable}`, {
        secretId: names.secret(variable),
        labels,
        replication: replicationIn(config.secretLocations),
        dependsOn: apis,
      }),
    ]),
  );
  return {
    secrets,
    grants: [...secrets].map(
      ([variable, secret]) =>
        new SecretManagerSecretIamMember(stack, `secret-${variable}-receiver`, {
          secretId: secret.secretId,
          role: "roles/secretmanager.secretAccessor",
          member: member(context, "receiver"),
        }),
    ),
  };
}

/** A secret's replication cannot be changed: Terraform makes it anew, without a value. */
function replicationIn(locations: readonly string[] | undefined): SecretManagerSecretReplication {
  if (locations === undefined) return { auto: {} };
  return { userManaged: { replicas: [...new Set(locations)].map((location) => ({ location })) } };
}
