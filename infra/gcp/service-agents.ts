/** Google's own accounts, which are not there in a new project until somebody asks for them. */

import type { DataGoogleProject } from "@cdktf/provider-google/lib/data-google-project/index.js";
import type { ProjectService } from "@cdktf/provider-google/lib/project-service/index.js";
import { TerraformProvider, TerraformResource, type TerraformStack } from "cdktf";
import type { DeployConfig } from "./config.ts";
import type { Agent } from "./context.ts";

/** In step with the version that the bindings of provider google are for. */
const VERSION = "6.50.0";

class GoogleBetaProvider extends TerraformProvider {
  constructor(stack: TerraformStack) {
    super(stack, "google-beta", {
      terraformResourceType: "google-beta",
      terraformProviderSource: "google-beta",
      terraformGeneratorMetadata: { providerName: "google-beta", providerVersionConstraint: VERSION },
    });
  }
}

/**
 * Only the beta provider can ask for one, and there are no bindings for it
 * (https://registry.terraform.io/providers/hashicorp/google-beta/latest/docs/resources/project_service_identity).
 */
export function createPubSubAgent(
  stack: TerraformStack,
  { project: id }: DeployConfig,
  project: DataGoogleProject,
  apis: ProjectService[],
): Agent {
  const identity = new TerraformResource(stack, "agent-pubsub", {
    terraformResourceType: "google_project_service_identity",
    provider: new GoogleBetaProvider(stack),
    dependsOn: apis,
  });
  identity.addOverride("project", id);
  identity.addOverride("service", "pubsub.googleapis.com");
  return {
    member: `serviceAccount:service-${project.number}@gcp-sa-pubsub.iam.gserviceaccount.com`,
    dependsOn: [identity],
  };
}
