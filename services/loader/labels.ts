/** The labels of a plan's jobs: an operator finds them in BigQuery by type, plan or trace. */
import type { TracesOf } from "#services/shared/objects.ts";
import type { Labels } from "#services/shared/ports.ts";
import type { Plan } from "./plan.ts";

/**
 * Values have 63 characters at most, of small letters, digits, `_` and `-`
 * (https://cloud.google.com/bigquery/docs/labels-intro#requirements).
 */
const VALUE_MAX = 63;

/** A trace only if it is the only one of all the plan's events. */
export function labelsOf(plan: Plan): Labels {
  const trace = onlyTrace(plan);
  return { type: value(plan.type), plan: value(plan.id), ...(trace === undefined ? {} : { trace }) };
}

function value(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "_")
    .slice(0, VALUE_MAX);
}

/** `undefined` when the plan's events are of several traces, or when nobody knows. */
function onlyTrace({ objects }: Plan): string | undefined {
  const traces = objects.map((object): TracesOf | undefined => object.traces);
  const [first] = traces[0]?.first ?? [];
  const isOnly = traces.every((one) => one?.count === 1 && one.first[0] === first);
  return isOnly ? first : undefined;
}
