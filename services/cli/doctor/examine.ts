/** Runs checks side by side: whatever one part meets, every other one is looked at. */
import { systemClock } from "#services/shared/clock.ts";
import { adviceFor } from "./advice.ts";
import type { Check, Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

export interface Examined {
  readonly check: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** What has not answered by then is `unknown`. @returns the checks' findings in their order, each as soon as it is done */
export async function* examine(
  checks: readonly Check[],
  exam: Exam,
  timeoutMs: number,
): AsyncGenerator<Examined> {
  const over = new AbortController();
  const late = systemClock.sleep(timeoutMs, over.signal);
  try {
    const running = checks.map((check) => ({
      check,
      findings: Promise.all(check.parts(exam).map((part) => lookAt(part, exam, late, timeoutMs))),
    }));
    for (const { check, findings } of running)
      yield { check: check.name, title: check.title, findings: (await findings).flat() };
  } finally {
    over.abort();
  }
}

async function lookAt(
  { what, look }: Part,
  exam: Exam,
  late: Promise<void>,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const unanswered: Finding = {
    verdict: "unknown",
    what,
    found: `no answer within ${timeoutMs / 1000} s`,
    advice: "try again, or give it longer with --timeout",
  };
  const looking = look().catch((error: unknown): readonly Finding[] => [
    { verdict: "unknown", what, ...adviceFor(error, exam.deployment) },
  ]);
  return Promise.race([looking, late.then(() => [unanswered])]);
}
