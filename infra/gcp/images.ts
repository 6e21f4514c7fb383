/** Where the services' image is kept, and who may build it. */
import { ArtifactRegistryRepository } from "@cdktf/provider-google/lib/artifact-registry-repository/index.js";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member/index.js";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member/index.js";
import { TerraformVariable } from "cdktf";
import { type Context, type Grants, member } from "./context.ts";

/** Images that are kept to go back to; each is some 60 MB. */
const KEPT = 5;

export interface ImageParts {
  readonly repository: ArtifactRegistryRepository;
  /** `…@sha256:…`, as the deployment built it. */
  readonly image: TerraformVariable;
  readonly grants: Grants;
}

export function createImages(context: Context): ImageParts {
  const { stack, config, names, labels, apis, terms } = context;
  const repository = new ArtifactRegistryRepository(stack, "images", {
    repositoryId: names.repository,
    location: config.region,
    format: "DOCKER",
    description: "Images of the Pullhouse services",
    labels,
    ...terms.given("kmsKeyName", config.encryptionKey),
    cleanupPolicies: [
      { id: "keep-the-last", action: "KEEP", mostRecentVersions: { keepCount: KEPT } },
      { id: "delete-the-rest", action: "DELETE", condition: { olderThan: "2592000s" } },
    ],
    dependsOn: apis,
  });
  const image = new TerraformVariable(stack, "image", {
    type: "string",
    description:
      "Image of the services with its digest, REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…",
  });
  image.addValidation({
    condition: `\${can(regex("@sha256:[0-9a-f]{64}$", var.image))}`,
    errorMessage: "The image must be pinned by its digest: a tag can be moved to another image.",
  });
  return {
    repository,
    image,
    grants: [
      new ArtifactRegistryRepositoryIamMember(stack, "images-build", {
        repository: repository.name,
        location: repository.location,
        role: "roles/artifactregistry.writer",
        member: member(context, "build"),
      }),
      // A build with its own account writes its log itself.
      new ProjectIamMember(stack, "logs-build", {
        project: config.project,
        role: "roles/logging.logWriter",
        member: member(context, "build"),
      }),
    ],
  };
}
