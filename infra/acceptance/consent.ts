/** What stands between a person's project and a run: names that nobody has, and a yes. */
import type { Target } from "./deployment.ts";
import type { Settings } from "./settings.ts";
import { StepError } from "./steps.ts";

/** @throws StepError naming what is there already: it would be changed, and removed in the end */
export async function refuseTakenNames(target: Target): Promise<void> {
  const taken = await target.taken();
  if (taken.length > 0)
    throw new StepError(
      `Nothing was done: ${taken.join(", ")} exist already. If an earlier run has left them: ${target.takeDown}`,
    );
}

/**
 * The project's id has to be typed, as it is the wrong one that does harm.
 * @param ask answers nothing where nobody is there
 */
export async function isConsented(
  { project, isApproved }: Pick<Settings, "project" | "isApproved">,
  ask: (question: string) => Promise<string>,
): Promise<boolean> {
  if (isApproved) return true;
  const answer = await ask(`Type ${project ?? ""} to go on (YES=1 does not ask): `);
  return project !== undefined && answer.trim() === project;
}
