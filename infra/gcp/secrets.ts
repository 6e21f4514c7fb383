/** Credentials of senders: the secrets are created here, their values never pass through Terraform's state. */
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret/index.js";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js";
import { type Context, type Grants, member } from "./context.ts";

export interface SecretParts {
  /** The receiver's variables that are secrets. */
  readonly names: readonly string[];
  readonly idOf: (variable: string) => string;
  readonly grants: Grants;
}

export function createSecrets(context: Context): SecretParts {
  const { stack, config, names, labels, apis, terms } = context;
  const made = new Map<string, SecretManagerSecret>();
  const grants = terms.each(config.secrets, "secret", (variable, id, meta) => {
    const secret = new SecretManagerSecret(stack, id, {
      secretId: names.secret(variable),
      labels,
      replication: {},
      dependsOn: apis,
      ...meta,
    });
    replicate(context, secret);
    made.set(variable, secret);
    return new SecretManagerSecretIamMember(stack, `${id}-receiver`, {
      secretId: terms.attribute(secret, "secret_id", variable),
      role: "roles/secretmanager.secretAccessor",
      member: member(context, "receiver"),
      ...meta,
    });
  });
  const idOf = (variable: string) => {
    const secret = made.get(variable) ?? [...made.values()][0];
    if (secret === undefined) throw new Error(`there is no secret for ${variable}`);
    return terms.attribute(secret, "secret_id", variable);
  };
  return { names: config.secrets, idOf, grants: [...grants] };
}

/** A secret's replication cannot be changed: Terraform makes it anew, without a value. */
function replicate({ config, terms }: Context, secret: SecretManagerSecret): void {
  const locations = config.secretLocations;
  const isNamed = terms.isGiven(locations);
  terms.block(secret, "replication.auto", terms.not(isNamed), {});
  terms.block(secret, "replication.user_managed", isNamed, {
    ...terms.repeated("replicas", locations ?? [], (location) => ({ location })),
  });
}
