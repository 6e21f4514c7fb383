/** Loads that fail: of which type, since when, and why (docs/operate/errors.md). */
import { PLANS, parseObject } from "#services/shared/objects.ts";
import { ageText } from "../age.ts";
import type { Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

/** As `services/loader/plan.ts` writes it. */
interface FailingPlan {
  readonly type: string;
  readonly objects: readonly unknown[];
  /** How many plans for these objects failed before this one. */
  readonly attempt: number;
  /** When the objects were first planned, ISO 8601. */
  readonly since?: string;
  /** Why the plan before failed. */
  readonly reason?: string;
}

/** There is one plan for each type at most; who has more failing types knows enough. */
const READ_MAX = 200;

export function failingPlans(exam: Exam): Part {
  const what = "failing loads";
  return {
    what,
    look: async () => {
      const findings: Finding[] = [];
      let count = 0;
      for await (const { name } of exam.list(PLANS)) {
        if (count++ === READ_MAX) break;
        const plan = planIn((await exam.store.read(name))?.bytes.toString() ?? "");
        if (plan !== undefined && plan.attempt > 0) findings.push(findingOf(plan, exam));
      }
      return findings.length > 0 ? findings : [{ verdict: "ok", what, found: "none" }];
    },
  };
}

function planIn(text: string): FailingPlan | undefined {
  const plan: Partial<FailingPlan> | undefined = parseObject(text);
  const isPlan =
    typeof plan?.type === "string" && Array.isArray(plan.objects) && typeof plan.attempt === "number";
  return isPlan ? (plan as FailingPlan) : undefined;
}

function findingOf({ type, objects, attempt, since, reason }: FailingPlan, exam: Exam): Finding {
  const ageMs = exam.now() - Date.parse(since ?? "");
  const waited = Number.isNaN(ageMs) ? "" : ` for ${ageText(ageMs)}`;
  const count = objects.length.toLocaleString("en-US");
  return {
    verdict: ageMs > exam.lateAfterMs ? "broken" : "look",
    what: `loads of ${type}`,
    found: `${count} ${objects.length === 1 ? "object waits" : "objects wait"}${waited}, ${attempt} ${attempt === 1 ? "plan" : "plans"} failed: ${reason ?? "no reason is known"}`,
    advice: adviceOn(reason ?? "", exam.deployment.dataset, exam.deployment.stagingDataset),
  };
}

/** BigQuery's reasons (https://cloud.google.com/bigquery/docs/error-messages), as the plan's text has them. */
function adviceOn(reason: string, dataset: string, staging: string): string {
  if (/accessDenied|permission|\b403\b/i.test(reason))
    return `the loader's account lacks a right: its own role on ${dataset}, roles/bigquery.dataEditor on ${staging}, roles/bigquery.jobUser on the project (\`make deploy\`)`;
  if (/notFound|not found|\b404\b/i.test(reason))
    return "a dataset, table or object is not there: `pullhouse doctor --only configuration` says which";
  if (/quotaExceeded|rateLimitExceeded|\bquota\b/i.test(reason))
    return "a limit of BigQuery, which passes by itself: https://cloud.google.com/bigquery/quotas";
  if (/\binvalid|schema|type|column|field/i.test(reason))
    return "the table is not as its schema file says: `pullhouse doctor --only configuration` names the columns";
  return "the loader's log has the plan's id; the next round tries again";
}
