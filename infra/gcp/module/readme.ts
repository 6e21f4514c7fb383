/** README of the module: what it takes and gives, from its variables and outputs. */
import type { Variable } from "./variables.ts";

export function readmeOf(
  variables: readonly Variable[],
  outputs: readonly (readonly [string, { readonly [key: string]: unknown }])[],
  versions: { readonly TERRAFORM: string; readonly GOOGLE: string },
): string {
  return `<!-- Written by \`make module\` from infra/gcp; change it there. -->
# Pullhouse as a Terraform module

Everything that \`make deploy\` creates, for teams with a Terraform of their own: Terraform ${versions.TERRAFORM}, provider
hashicorp/google ${versions.GOOGLE}. Like \`make deploy\` it has been planned and applied with the real provider, and never on Google Cloud
itself.

\`\`\`hcl
module "pullhouse" {
  source = "git::https://example.com/pullhouse.git//infra/terraform?ref=v1.0.0"

  project           = "acme-registry-events"
  region            = "us-central1"
  chainguard_groups = ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"]
  image             = "us-central1-docker.pkg.dev/acme-registry-events/pullhouse/services@sha256:…"
}
\`\`\`

\`examples/minimal\`, \`examples/complete\` and \`examples/environments\` are whole roots; \`examples/from-make-deploy\` takes over what
\`make deploy\` made.

- **The image** is built from this repository, \`make build\` and \`infra/gcp/Dockerfile\`, and pushed anywhere that Cloud Run can pull from.
  The module's own repository is there after \`terraform apply -target=module.pullhouse.google_artifact_registry_repository.images\`.
- **Before the first apply** Pub/Sub's account must exist:
  \`gcloud beta services identity create --service=pubsub.googleapis.com --project=PROJECT\`. A provider that signs in as a person needs
  \`user_project_override = true\` and \`billing_project\`.
- **Secrets** are made empty: give each a version before the receiver starts, with a \`-target\` on the secrets as above.
- **New metrics** are visible to alert policies after up to ten minutes
  ([#11102](https://github.com/hashicorp/terraform-provider-google/issues/11102)): an apply that ends in 404 is repeated.
- **Events are protected**: buckets, topics, subscriptions and dataset have \`prevent_destroy\`, which no variable can turn off. To take all
  of it down, set \`deletion_protection = false\`, apply, \`terraform state rm\` these, destroy, and delete them by hand.
- A subscription at Chainguard is not part of the module; the output \`subscribe\` has the command.

## Variables

| variable | type | default | meaning |
|---|---|---|---|
${variables.map(row).join("\n")}

What a variable takes is checked before anything is planned.

## Outputs

| output | meaning |
|---|---|
${outputs.map(([name, { description }]) => `| \`${name}\` | ${String(description)} |`).join("\n")}
`;
}

function row({ name, type, description, default: fallback }: Variable): string {
  const value = fallback === undefined ? "required" : `\`${fallback}\``;
  return `| \`${name}\` | \`${type.replaceAll("|", "\\|")}\` | ${value} | ${description} |`;
}
