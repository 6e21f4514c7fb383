/** Plans and applies one step, and again while nothing but transient errors is in the way. */
import { adviseOn } from "./advice.ts";
import type { Change, Diagnostic } from "./messages.ts";
import { reportProgress } from "./progress.ts";
import type { State } from "./state-json.ts";
import type { PlanRequest, Terraform } from "./terraform.ts";
import { DeployError, type Tools } from "./tools.ts";
import { createPatience } from "./transient.ts";

/** Changes that the person has agreed to. */
export interface Approval {
  /** @returns those of a step's changes that nobody has agreed to */
  unapproved(changes: readonly Change[]): readonly Change[];
  /** @throws DeployError when the person does not agree */
  askFor(changes: readonly Change[]): Promise<void>;
}

export class ApplyError extends DeployError {
  readonly errors: readonly Diagnostic[];
  constructor(errors: readonly Diagnostic[], command: string) {
    super(adviseOn(errors, command));
    this.errors = errors;
  }
}

export interface Step extends PlanRequest {
  /** What goes on after a failure, as `make deploy`. */
  readonly command: string;
  /** Addresses of what holds data, which is never replaced. */
  readonly data?: readonly string[];
}

/** @throws ApplyError after Terraform's diagnostics were shown; DeployError when the run is interrupted */
export async function applyStep(
  step: Step,
  terraform: Terraform,
  tools: Tools,
  approval: Approval,
): Promise<void> {
  await patiently(step, tools, async () => {
    const { changes, errors } = await terraform.plan(step);
    if (errors.length > 0 || tools.interrupted.aborted) return { errors, done: 0 };
    if (approval.unapproved(changes).length > 0) await approval.askFor(changes);
    if (changes.length === 0) tools.say("  nothing to change");
    const progress = reportProgress(changes, tools.say);
    const failures = await terraform.apply((message) => {
      if (message.type === "log")
        tools.say(`  terraform: ${message["@message"].trim().replaceAll("\n", " ")}`);
      progress.take(message);
    });
    if (failures.length > 0) await keepTainted(step.data ?? [], await terraform.state(), terraform, tools);
    return { errors: failures, done: progress.done() };
  });
}

/**
 * An error at the end of a creation makes Terraform replace the resource, which `prevent_destroy` refuses for ever. The
 * next plan compares the resource with the stack, and changes what is missing.
 */
export async function keepTainted(
  data: readonly string[],
  { resources }: State,
  terraform: Terraform,
  tools: Pick<Tools, "say">,
): Promise<void> {
  for (const address of data) {
    if (resources.get(address)?.isTainted !== true) continue;
    tools.say(`  ${address} exists, though its creation ended in an error: it is kept`);
    await terraform.untaint(address);
  }
}

/** @returns what the step would change. @throws as applyStep */
export async function planStep(step: Step, terraform: Terraform, tools: Tools): Promise<readonly Change[]> {
  let found: readonly Change[] = [];
  await patiently(step, tools, async () => {
    const { changes, errors } = await terraform.plan(step);
    found = changes;
    return { errors, done: 0 };
  });
  return found;
}

interface Attempt {
  readonly errors: readonly Diagnostic[];
  /** Resources that it changed. */
  readonly done: number;
}

async function patiently({ command }: Step, tools: Tools, attempt: () => Promise<Attempt>): Promise<void> {
  const patience = createPatience(tools.now);
  for (;;) {
    const { errors, done } = await attempt();
    stopIfInterrupted(tools, command);
    if (errors.length === 0) return;
    const wait = patience.judge(errors, done > 0);
    if (wait === undefined) {
      const texts = new Set(errors.map(({ text, address }) => `\n${address ?? "terraform"}: ${text}`));
      for (const text of texts) tools.say(text);
      throw new ApplyError(errors, command);
    }
    const { ms, leftMs, transient } = wait;
    tools.say(
      `  ${errors.length} not done: waiting for ${transient.waitsFor}; again in ${ms / 1000} s, for ${Math.ceil(leftMs / 60_000)} min at most`,
    );
    await tools.pause(ms);
    stopIfInterrupted(tools, command);
  }
}

/** @throws DeployError */
export function stopIfInterrupted({ interrupted }: Tools, command: string): void {
  if (interrupted.aborted)
    throw new DeployError(`interrupted; what was done so far stays, and \`${command}\` goes on from here`);
}
