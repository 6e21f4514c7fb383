/** Optionally, the subscriptions at Chainguard, through its own Terraform provider. */
import { TerraformProvider, TerraformResource, type TerraformStack } from "cdktf";
import type { Context, Grants } from "./context.ts";

/** https://registry.terraform.io/providers/chainguard-dev/chainguard/latest/docs/resources/subscription */
const SOURCE = "chainguard-dev/chainguard";
const VERSION = "~> 0.1";

class ChainguardProvider extends TerraformProvider {
  constructor(stack: TerraformStack) {
    super(stack, "chainguard", {
      terraformResourceType: "chainguard",
      terraformProviderSource: SOURCE,
      terraformGeneratorMetadata: { providerName: "chainguard", providerVersionConstraint: VERSION },
    });
  }
}

/** There are no bindings for this provider, so the resource is written by its attributes' names. */
export function createSubscriptions(
  { stack, config }: Context,
  webhookUrl: string,
  open: Grants,
): TerraformResource[] {
  if (!config.chainguard.subscribe) return [];
  const provider = new ChainguardProvider(stack);
  return config.chainguard.groups.map((group, index) => {
    const subscription = new TerraformResource(stack, `chainguard-${index}`, {
      terraformResourceType: "chainguard_subscription",
      provider,
      // An event that comes before there is somebody to take it is lost.
      dependsOn: open,
    });
    subscription.addOverride("parent_id", group);
    subscription.addOverride("sink", webhookUrl);
    return subscription;
  });
}
