/** Tells a new deployment, whose grants and addresses may not be known everywhere yet, from one that is broken. */
import type { Finding } from "./check.ts";
import type { Exam } from "./exam.ts";

/**
 * A grant takes "typically 2 minutes, potentially 7 minutes or longer" (https://cloud.google.com/iam/docs/access-change-propagation),
 * a log-based metric up to 10 (https://github.com/hashicorp/terraform-provider-google/issues/11102).
 */
const SETTLED_MS = 12 * 60_000;

/** @returns minutes until a deployment of the bucket's age should have settled; 0 for an older one, and where nobody can tell */
export async function minutesToSettle({ bucket, deployment, now }: Exam): Promise<number> {
  if (deployment.isLocal) return 0;
  // A bucket that cannot be looked at has a finding of its own.
  const settings = await bucket.settings().catch(() => undefined);
  const age = now() - (settings?.createdAt ?? Number.NEGATIVE_INFINITY);
  return Math.max(0, Math.ceil((SETTLED_MS - age) / 60_000));
}

/** @param minutes of minutesToSettle */
export function withPropagation(finding: Finding, minutes: number): Finding {
  const { verdict, advice } = finding;
  if (minutes === 0 || (verdict !== "broken" && verdict !== "unknown")) return finding;
  const first = `the deployment is new and may still be propagating: try again in ${minutes} min`;
  return { ...finding, advice: advice === undefined ? first : `${first}; if it stays: ${advice}` };
}
