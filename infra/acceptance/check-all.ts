/** Asks every assumption of a run. */
import { reasonOf } from "#services/shared/errors.ts";
import { type Assumption, type Evidence, type Outcome, untold } from "./assumption.ts";

export interface Checked extends Outcome {
  readonly id: string;
  readonly product: string;
  readonly statement: string;
  readonly source: string;
}

/** One after the other, so that none is disturbed by another's requests. */
export async function checkAll(
  assumptions: readonly Assumption[],
  when: "while it runs" | "after",
  evidence: Evidence,
): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  for (const assumption of assumptions) {
    if ((assumption.when ?? "while it runs") !== when) continue;
    const { id, product, statement, source } = assumption;
    checked.push({ id, product, statement, source, ...(await outcomeOf(assumption, evidence)) });
  }
  return checked;
}

async function outcomeOf(assumption: Assumption, evidence: Evidence): Promise<Outcome> {
  const { onlyGoogle, check } = assumption;
  if (onlyGoogle !== undefined && evidence.deployment.kind === "local") return untold(onlyGoogle);
  try {
    return await check(evidence);
  } catch (error) {
    // A check that could not be made says nothing about what it was to check.
    return untold(`the check failed: ${reasonOf(error)}`);
  }
}
