/** What a rule's test is made of. */
import type { Asked } from "../control-plane.ts";

/** A request that breaks a rule, and what makes it right. */
export interface Scenario {
  readonly rule: string;
  readonly given?: readonly Asked[];
  readonly wrong: Asked;
  /** What the refusal says, where the rule's id is not with the answer. */
  readonly says?: string;
  /** Sent after the wrong one was refused, before the right one. */
  readonly mend?: readonly Asked[];
  /** The same again by default, for a rule that `mend` satisfies. */
  readonly right?: Asked;
}
