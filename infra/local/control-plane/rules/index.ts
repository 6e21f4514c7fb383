/** Everything that is refused, with its source. */
import type { Call, Rule } from "../call.ts";
import type { GoogleError } from "../google-error.ts";
import { API_RULES } from "./apis.ts";
import { BIGQUERY_RULES } from "./bigquery.ts";
import { ETAG_RULES } from "./etags.ts";
import { IAM_RULES } from "./iam.ts";
import { LABEL_RULES } from "./labels.ts";
import { MONITORING_RULES } from "./monitoring.ts";
import { NAME_RULES } from "./names.ts";
import { POLICY_RULES } from "./policies.ts";
import { PUBSUB_RULES } from "./pubsub.ts";
import { RUN_RULES } from "./run.ts";
import { STORAGE_RULES } from "./storage.ts";
import { TAKEN_NAME_RULES } from "./taken-names.ts";

export const RULES: readonly Rule[] = [
  ...API_RULES,
  ...NAME_RULES,
  ...TAKEN_NAME_RULES,
  ...ETAG_RULES,
  ...LABEL_RULES,
  ...IAM_RULES,
  ...POLICY_RULES,
  ...STORAGE_RULES,
  ...PUBSUB_RULES,
  ...BIGQUERY_RULES,
  ...RUN_RULES,
  ...MONITORING_RULES,
];

const byMethod = Map.groupBy(
  RULES.flatMap((rule) => rule.methods.map((method) => ({ method, rule }))),
  ({ method }) => method,
);

/**
 * The error of the first rule that a call breaks.
 * @param when whether the request is refused, or is taken and its operation fails
 */
export function brokenRule(call: Call, when: Rule["when"] = "request"): GoogleError | undefined {
  const general = byMethod.get("*") ?? [];
  const own = byMethod.get(call.method.id) ?? [];
  for (const { rule } of [...general, ...own]) {
    const error = (rule.when ?? "request") === when ? rule.check(call) : undefined;
    if (error === undefined) continue;
    error.rule = rule.id;
    return error;
  }
  return undefined;
}
