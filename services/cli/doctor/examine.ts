/** Runs checks side by side: whatever one part meets, every other one is looked at. */
import { adviceFor } from "./advice.ts";
import type { Check, Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";
import { minutesToSettle, withPropagation } from "./propagation.ts";

export interface Examined {
  readonly check: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/**
 * @param over once aborted, what has not answered is `unknown`
 * @returns the checks' findings in their order, each as soon as it is done
 */
export async function* examine(
  checks: readonly Check[],
  exam: Exam,
  over: AbortSignal,
): AsyncGenerator<Examined> {
  const end = new Promise<void>((resolve) => over.addEventListener("abort", () => resolve(), { once: true }));
  const minutes = Promise.race([minutesToSettle(exam), end.then(() => 0)]);
  const running = checks.map((check) => ({
    check,
    findings: Promise.all(
      check.parts(exam).map(async (part) => {
        const found = await lookAt(part, exam, end);
        const left = await minutes;
        return found.map((finding) => withPropagation(finding, left));
      }),
    ),
  }));
  for (const { check, findings } of running)
    yield { check: check.name, title: check.title, findings: (await findings).flat() };
}

async function lookAt({ what, look }: Part, exam: Exam, end: Promise<void>): Promise<readonly Finding[]> {
  const unanswered: Finding = {
    verdict: "unknown",
    what,
    found: "no answer in time",
    advice: "try again, or give it longer with --timeout",
  };
  const looking = look().catch((error: unknown): readonly Finding[] => [
    { verdict: "unknown", what, ...adviceFor(error, exam.deployment) },
  ]);
  return Promise.race([looking, end.then(() => [unanswered])]);
}
