/** Terraform, or OpenTofu, in the folder that `make synth` wrote. */
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type LockFile, openLockFile } from "./lock-file.ts";
import { type Change, changeOf, type Diagnostic, errorOf, type Message, parseMessage } from "./messages.ts";
import { parseState, type State } from "./state-json.ts";
import { DeployError, type Tools } from "./tools.ts";

export interface PlanRequest {
  readonly image: string;
  /** Addresses; everything when absent. */
  readonly targets?: readonly string[];
  readonly isDestroy?: boolean;
}

/** A saved plan: an apply makes these changes and no others. */
interface Plan {
  readonly changes: readonly Change[];
  readonly errors: readonly Diagnostic[];
}

export interface Terraform {
  readonly command: string;
  /** Where it runs; generated files for it belong there. */
  readonly folder: string;
  init(): Promise<void>;
  /** Outputs of what is deployed; none before the first deployment. */
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  state(): Promise<State>;
  /** Puts a state file where the state belongs, which must be empty. */
  pushState(file: string): Promise<void>;
  /** Lets a resource stay whose creation ended in an error. */
  untaint(address: string): Promise<void>;
  /** Terraform's own plan, with every attribute, to the terminal. */
  showPlan(request: PlanRequest): Promise<void>;
  plan(request: PlanRequest): Promise<Plan>;
  /** Applies the last saved plan. @returns what went wrong */
  apply(onMessage: (message: Message) => void): Promise<readonly Diagnostic[]>;
}

/** A plan needs an image, though there may be none yet. */
export const NO_IMAGE = `none@sha256:${"0".repeat(64)}`;

/** How long to wait for somebody else's run. Terraform's own default is not to wait. */
const LOCK_TIMEOUT = "-lock-timeout=300s";

const PLAN_FILE = "pullhouse.tfplan";

/**
 * @param folder that holds `cdk.tf.json`
 * @param env TERRAFORM: the command; TF_PLUGIN_DIR: a folder of providers, for machines without a network
 */
export function createTerraform(folder: string, env: NodeJS.ProcessEnv, tools: Tools): Terraform {
  const command = env["TERRAFORM"] || "terraform";
  const plugins = env["TF_PLUGIN_DIR"];
  const chdir = `-chdir=${folder}`;
  // Providers of a folder have no checksums that a colleague's machine would accept.
  const lockFile: LockFile | undefined = plugins ? undefined : openLockFile(folder);
  const request = ({ image, targets = [], isDestroy = false }: PlanRequest) => [
    "-input=false",
    LOCK_TIMEOUT,
    `-var=image=${image}`,
    ...(isDestroy ? ["-destroy"] : []),
    ...targets.map((target) => `-target=${target}`),
  ];
  /** @returns the errors, of which a failure has at least one */
  const run = async (verb: string, args: readonly string[], onMessage: (message: Message) => void) => {
    const errors: Diagnostic[] = [];
    const code = await tools.stream(command, [chdir, verb, "-json", ...args], (line) => {
      const message = parseMessage(line);
      if (message === undefined) return tools.say(line);
      const error = errorOf(message);
      if (error !== undefined) errors.push(error);
      onMessage(message);
    });
    return code !== 0 && errors.length === 0
      ? [{ text: `${command} ${verb} failed (exit code ${code})` }]
      : errors;
  };
  return {
    command,
    folder,
    async init() {
      const isUpgrade = lockFile?.bringIn() === "other-version";
      const lines: string[] = [];
      const args = [
        chdir,
        "init",
        "-input=false",
        "-no-color",
        // Another prefix, or the first run after a release that kept the state elsewhere. States are moved by hand.
        "-reconfigure",
        `-upgrade=${isUpgrade}`,
        ...(plugins ? [`-plugin-dir=${resolve(plugins)}`] : []),
      ];
      const code = await tools.stream(command, args, (line) => {
        lines.push(line);
        // A provider is 100 MB.
        if (line.startsWith("- Install")) tools.say(`  ${line}`);
      });
      if (code !== 0)
        throw new DeployError(
          `${lines.join("\n")}\nterraform init failed: mend what it says above, and run again`,
        );
      lockFile?.takeBack();
    },
    async outputs() {
      const text = await tools.read(command, chdir, "output", "-json");
      const outputs = JSON.parse(text) as Record<string, { value: unknown }>;
      return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    },
    state: async () => parseState(await tools.read(command, chdir, "state", "pull")),
    async pushState(file) {
      await tools.read(command, chdir, "state", "push", LOCK_TIMEOUT, resolve(file));
    },
    async untaint(address) {
      await tools.read(command, chdir, "untaint", LOCK_TIMEOUT, address);
    },
    showPlan: (wanted) => tools.show(command, chdir, "plan", ...request(wanted)),
    async plan(wanted) {
      const changes: Change[] = [];
      const errors = await run("plan", [...request(wanted), `-out=${PLAN_FILE}`], (message) => {
        const change = changeOf(message);
        if (change !== undefined) changes.push(change);
      });
      return { changes, errors };
    },
    async apply(onMessage) {
      try {
        return await run("apply", ["-input=false", LOCK_TIMEOUT, PLAN_FILE], onMessage);
      } finally {
        rmSync(join(folder, PLAN_FILE), { force: true });
      }
    },
  };
}

/** @throws DeployError where the output is no text */
export async function outputOf(terraform: Terraform, name: string): Promise<string> {
  const value = (await terraform.outputs())[name];
  if (typeof value === "string") return value;
  throw new DeployError(`terraform has no output ${name}: make deploy writes it`);
}
