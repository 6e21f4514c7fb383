/** Finds the state that the last release kept in one place for all deployments, and refuses a state of another one. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeployConfig } from "../config.ts";
import { stateFile, statePrefix } from "../state.ts";
import type { Deployment } from "./deployment.ts";
import { type Identity, identityOf, parseState, type State } from "./state-json.ts";
import { DeployError, type Tools } from "./tools.ts";

interface OldState {
  readonly where: string;
  readonly text: string;
  /** So that a run of the last release finds nothing, and creates nothing a second time. */
  readonly setAside: () => Promise<void>;
}

/**
 * Moves the old state to where this deployment's belongs, if it is this deployment's. It asks first.
 * @throws DeployError when the person does not agree
 */
export async function moveOldState({ config, terraform, tools, isApproved }: Deployment): Promise<void> {
  if ((await terraform.state()).resources.size > 0) return;
  const old = await findOldState(config, join(terraform.folder, "..", "..", ".."), tools);
  if (old === undefined) return;
  const state = parseState(old.text);
  if (state.resources.size === 0) return;
  const { project, prefix } = identityOf(state);
  if (project !== config.project || prefix !== config.prefix) {
    const whose = `${prefix ?? "an unknown prefix"} in ${project ?? "an unknown project"}`;
    tools.say(`  the state in ${old.where} is of ${whose}: it is left alone`);
    return;
  }
  const place = newPlace(config);
  tools.say(
    `  the state of this deployment is where the last release kept it, ${old.where}; its place is ${place}`,
  );
  if (!isApproved && (await tools.question('type "yes" to move it there: ')) !== "yes")
    throw new DeployError(`nothing was changed: without its state ${prefix} would be created a second time`);
  await push(old.text, (file) => terraform.pushState(file));
  await old.setAside();
  tools.say(`  moved, ${state.resources.size} resources`);
}

function newPlace(config: DeployConfig): string {
  const { state } = config;
  return state === undefined
    ? stateFile(config)
    : `gs://${state.bucket}/${statePrefix(config, state.prefix)}/default.tfstate`;
}

async function findOldState(
  { state }: DeployConfig,
  checkout: string,
  tools: Tools,
): Promise<OldState | undefined> {
  if (state === undefined) {
    const where = "pullhouse.tfstate";
    const file = join(checkout, where);
    if (!existsSync(file)) return undefined;
    return {
      where,
      text: readFileSync(file, "utf8"),
      setAside: () => Promise.resolve(renameSync(file, `${file}.moved`)),
    };
  }
  const where = `gs://${state.bucket}/${state.prefix}/default.tfstate`;
  const text = await tools.ask("gcloud", "storage", "cat", where, "--quiet");
  if (!text) return undefined;
  return {
    where,
    text,
    setAside: () => tools.show("gcloud", "storage", "mv", where, `${where}.moved`, "--quiet"),
  };
}

async function push(text: string, pushState: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-state-"));
  try {
    const file = join(folder, "old.tfstate");
    writeFileSync(file, text, { mode: 0o600 });
    await pushState(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * A state of another project or prefix would be replaced by this one's resources, its unread events with it.
 * @throws DeployError with one line per contradiction
 */
export function refuseOtherDeployment(config: DeployConfig, state: State): void {
  const found = identityOf(state);
  const advice: Readonly<Record<keyof Identity, string>> = {
    project: "each project has a state of its own: take PULLHOUSE_PROJECT or the state file back",
    prefix: "each prefix has a state of its own: take PULLHOUSE_PREFIX or the state file back",
    dataset: `a dataset cannot be renamed. Set "dataset": "${found.dataset}" in pullhouse.config.json, which keeps it`,
  };
  const names: (keyof Identity)[] = ["project", "prefix", "dataset"];
  const problems = names.flatMap((name) => {
    const deployed = found[name];
    return deployed === undefined || deployed === config[name]
      ? []
      : [`  ${name} is ${deployed}, and the configuration says ${config[name]}: ${advice[name]}`];
  });
  if (problems.length > 0)
    throw new DeployError(["nothing was changed. In the state of what is deployed:", ...problems].join("\n"));
}
