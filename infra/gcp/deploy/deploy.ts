/** `make deploy`: the pipeline, its first event, and only then what watches over it. */
import { takeOverExisting } from "./adopt.ts";
import { ApplyError, applyStep, planStep, stopIfInterrupted } from "./apply.ts";
import { createApproval } from "./approval.ts";
import { type Deployment, openState, resourcesOf, step } from "./deployment.ts";
import { estimate } from "./estimate.ts";
import { buildImage, IMAGE_NEEDS } from "./image.ts";
import { divide } from "./keep.ts";
import { typeOf } from "./messages.ts";
import { createPubSubAgent } from "./pubsub-agent.ts";
import { checkSecrets, secretTargets } from "./secrets.ts";
import { type SmokeOptions, smokeTest } from "./smoke.ts";
import { NO_IMAGE, outputOf } from "./terraform.ts";

const COMMAND = "make deploy";

/** Last, since a policy is refused until its metrics are visible, and no event waits for either. */
const MONITORING = /^google_monitoring_(alert_policy|dashboard)$/;

/** They name the image, which is built after the person was asked. */
const SERVICES = /^google_cloud_run_v2_service\./;

export interface DeployOptions {
  /** Folder of the bundles (`make build`). */
  readonly dist?: string;
  readonly smoke?: SmokeOptions;
}

export interface Deployed {
  readonly webhookUrl: string;
  readonly image: string;
  /** Alert policies and dashboard are as the stack says. */
  readonly isMonitored: boolean;
}

/** @throws DeployError whose last line says what to do; the next run goes on where this one ended */
export async function deploy(
  deployment: Deployment,
  { dist = "dist", smoke = {} }: DeployOptions = {},
): Promise<Deployed> {
  const { config, terraform, tools, isApproved } = deployment;
  step(deployment, "terraform init");
  const state = await openState(deployment);
  await takeOverExisting(deployment, state);

  step(deployment, "what will change");
  const approval = createApproval(tools, isApproved, SERVICES);
  const before = (await terraform.outputs())["image"];
  const old = typeof before === "string" ? before : NO_IMAGE;
  const changes = await planStep({ image: old, command: COMMAND }, terraform, tools);
  tools.say(
    `  ${changes.length} ${changes.length === 1 ? "change" : "changes"}, and an image where bundles or base are new; ${estimate(changes, config.windowSeconds)} (an estimate). make plan shows every attribute.`,
  );
  await approval.askFor(changes);
  const data = divide(resourcesOf(deployment)).kept;
  const apply = (image: string, targets?: readonly string[]) =>
    applyStep({ image, command: COMMAND, data, ...(targets && { targets }) }, terraform, tools, approval);

  step(deployment, "what the image needs: repository, build account, bucket; and the secrets, empty");
  // New grants and addresses take minutes to be known everywhere.
  const isNew = changes.some(({ action }) => action === "create");
  await apply(old, [...IMAGE_NEEDS, "google_project_service.api-pubsub", ...secretTargets(config)]);
  await createPubSubAgent(config, tools);
  await checkSecrets(config, tools);

  step(deployment, "the image");
  const image = await buildImage(config, dist, tools, COMMAND);
  tools.say(`  ${image}`);

  step(deployment, "the pipeline");
  await apply(image, pipelineOf(deployment));

  step(deployment, "one event, from the queue to its row");
  const webhookUrl = await outputOf(terraform, "webhook_url");
  await smokeTest(config, webhookUrl, tools, { isNew, ...smoke });
  stopIfInterrupted(tools, COMMAND);

  step(deployment, "alerts and dashboard, and whatever is left");
  const isMonitored = await applyRest(() => apply(image));
  tools.say(`\ndeployed. Senders post to ${webhookUrl}; what to do next:`);
  await tools.show(terraform.command, `-chdir=${terraform.folder}`, "output");
  if (!isMonitored)
    tools.say(
      `\nWARNING: the pipeline works, and its alerts or its dashboard are not complete (above). \`${COMMAND}\` tries again; metrics of a new deployment take up to ten minutes.`,
    );
  return { webhookUrl, image, isMonitored };
}

/** By their addresses, since Terraform has no way to leave some out. */
function pipelineOf(deployment: Deployment): readonly string[] {
  return Object.entries(resourcesOf(deployment)).flatMap(([type, byName]) =>
    MONITORING.test(type) ? [] : Object.keys(byName).map((name) => `${type}.${name}`),
  );
}

/** @returns false where nothing but alerts and dashboard failed: events arrive without them */
async function applyRest(apply: () => Promise<void>): Promise<boolean> {
  try {
    await apply();
    return true;
  } catch (error) {
    const isMonitoringOnly =
      error instanceof ApplyError &&
      error.errors.every(({ address }) => address !== undefined && MONITORING.test(typeOf(address)));
    if (!isMonitoringOnly) throw error;
    return false;
  }
}
