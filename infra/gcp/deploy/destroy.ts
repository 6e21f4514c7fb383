/** `make destroy`: takes everything down but the data, or with `deletionProtection: false` the data, too. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { IMPORTS_FILE } from "./adopt.ts";
import { applyStep } from "./apply.ts";
import { createApproval } from "./approval.ts";
import { type Deployment, openState, resourcesOf, step } from "./deployment.ts";
import { divide } from "./keep.ts";
import type { State } from "./state-json.ts";
import { NO_IMAGE } from "./terraform.ts";
import { DeployError } from "./tools.ts";

const COMMAND = "make destroy";

export interface Destruction {
  readonly isAll: boolean;
  readonly kept: readonly string[];
  readonly destroyed: readonly string[];
  /** For Terraform: everything when empty. */
  readonly targets: { readonly targets?: readonly string[] };
  /** Data that the last deployment protected; a destruction would stop half-way at it. */
  readonly protected: readonly string[];
}

/** Attributes by which the Google provider refuses to delete data, with the value that lets it. */
const PROTECTION = [
  { type: "google_bigquery_table", attribute: "deletion_protection", open: false },
  { type: "google_bigquery_dataset", attribute: "delete_contents_on_destroy", open: true },
  { type: "google_storage_bucket", attribute: "force_destroy", open: true },
] as const;

/** @throws DeployError where a destruction of everything could not end */
export function planDestruction(deployment: Deployment, state: State): Destruction {
  const resources = resourcesOf(deployment);
  const isAll = !deployment.config.deletionProtection;
  const { kept, destroyed } = divide(resources);
  if (!isAll)
    return {
      isAll,
      kept: kept.filter((address) => state.resources.has(address)),
      destroyed: destroyed.filter((address) => state.resources.has(address)),
      targets: { targets: destroyed },
      protected: [],
    };
  const closed = [...state.resources].filter(([, { type, attributes }]) =>
    PROTECTION.some((rule) => rule.type === type && attributes[rule.attribute] === !rule.open),
  );
  const addresses = closed.map(([address]) => address);
  const orphans = addresses.filter((address) => {
    const [type = "", name = ""] = address.split(".");
    return resources[type]?.[name] === undefined;
  });
  if (orphans.length > 0)
    throw new DeployError(
      `nothing was destroyed: ${orphans.join(", ")} are protected and no longer in the stack. Keep them by \`terraform -chdir=${deployment.terraform.folder} state rm ${orphans.join(" ")}\`, then ${COMMAND}`,
    );
  return { isAll, kept: [], destroyed: [...state.resources.keys()], targets: {}, protected: addresses };
}

export function describeDestruction({ config, tools }: Deployment, destruction: Destruction): void {
  const { isAll, kept, destroyed } = destruction;
  tools.say(
    isAll
      ? `everything goes, with all events: ${destroyed.length} resources of ${config.prefix} in ${config.project}, among them dataset ${config.dataset}`
      : `${destroyed.length} resources go. ${kept.length} stay: buckets, topics, dataset ${config.dataset}, its tables, and what they need. "deletionProtection": false lets them go, too.`,
  );
  if (destruction.protected.length > 0)
    tools.say(
      `${destruction.protected.length} of them are still protected as the last deployment left them; that is changed first`,
    );
}

/** @throws DeployError when the person does not agree, or Terraform fails */
export async function destroy(deployment: Deployment): Promise<void> {
  const { terraform, tools, isApproved } = deployment;
  step(deployment, "terraform init");
  const state = await openState(deployment);
  rmSync(join(terraform.folder, IMPORTS_FILE), { force: true });
  if (state.resources.size === 0) return tools.say("there is nothing to destroy: the state is empty");
  const destruction = planDestruction(deployment, state);
  describeDestruction(deployment, destruction);
  if (destruction.isAll && !isApproved) await confirm(deployment);
  const before = (await terraform.outputs())["image"];
  const image = typeof before === "string" ? before : NO_IMAGE;
  // Everything was agreed to by the project's id; what stays is shown and asked for like a deployment.
  const approval = createApproval(tools, isApproved || destruction.isAll, /^$/);
  if (destruction.protected.length > 0) {
    step(deployment, "takes the protection off");
    const targets = destruction.protected;
    await applyStep({ image, command: COMMAND, targets }, terraform, tools, approval);
  }
  step(deployment, "destroys");
  const all = { image, command: COMMAND, isDestroy: true, ...destruction.targets };
  await applyStep(all, terraform, tools, approval);
  tools.say(
    destruction.isAll
      ? `\ndestroyed. Names of deleted queues and roles are blocked for a while: another "queueSuffix" goes around that`
      : "\ndestroyed, but for the data. `make deploy` puts the rest back",
  );
}

/** @throws DeployError unless the project's id is typed */
async function confirm({ config, tools }: Deployment): Promise<void> {
  const answer = await tools.question(`type ${config.project} to go on: `);
  if (answer !== config.project) throw new DeployError("nothing was destroyed");
}
