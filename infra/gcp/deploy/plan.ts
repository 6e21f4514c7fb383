/** `make plan`: what a deployment, or with DESTROY=1 a destruction, would change. */
import { takeOverExisting } from "./adopt.ts";
import { type Deployment, openState, step } from "./deployment.ts";
import { describeDestruction, planDestruction } from "./destroy.ts";
import { secretsWithoutValue } from "./secrets.ts";
import { NO_IMAGE } from "./terraform.ts";

export async function plan(deployment: Deployment, isDestroy = false): Promise<void> {
  const { config, terraform, tools } = deployment;
  step(deployment, "terraform init");
  const state = await openState(deployment);
  const before = (await terraform.outputs())["image"];
  const image = typeof before === "string" ? before : NO_IMAGE;
  if (isDestroy) {
    const destruction = planDestruction(deployment, state);
    describeDestruction(deployment, destruction);
    return await terraform.showPlan({ image, isDestroy, ...destruction.targets });
  }
  await takeOverExisting(deployment, state);
  const missing = await secretsWithoutValue(config, tools);
  if (missing.length > 0)
    tools.say(
      [
        "  make deploy creates these secrets and then stops until they have a value:",
        ...missing.map((line) => `  ${line}`),
      ].join("\n"),
    );
  await terraform.showPlan({ image });
}
