/** The steps of a run, each with how it ended. */

import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";

export interface Step {
  readonly name: string;
  readonly isOk: boolean;
  readonly seconds: number;
  /** What was seen, or what went wrong. */
  readonly seen: string;
}

/** What a step expected and did not find; its message is all that a person needs. */
export class StepError extends Error {}

export interface Steps {
  readonly all: readonly Step[];
  /**
   * @param work resolves with what was seen
   * @returns whether it went well; what it threw is in the list
   */
  run(name: string, work: () => Promise<string>): Promise<boolean>;
}

export function createSteps(clock: Clock, say: (text: string) => void): Steps {
  const all: Step[] = [];
  return {
    all,
    async run(name, work) {
      const startedAt = clock.now();
      say(`▸ ${name}`);
      const [isOk, seen] = await work().then(
        (text) => [true, text] as const,
        (error: unknown) => [false, messageOf(error)] as const,
      );
      const seconds = (clock.now() - startedAt) / 1000;
      all.push({ name, isOk, seconds, seen });
      say(`  ${isOk ? "ok" : "FAILED"}: ${seen} (${seconds.toFixed(1)} s)`);
      return isOk;
    },
  };
}

/** The stack of a fault of ours, and the message of everything that a step expects. */
function messageOf(error: unknown): string {
  const isOurs = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  return isOurs ? (error.stack ?? error.message) : reasonOf(error);
}
