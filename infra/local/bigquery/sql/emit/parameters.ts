/** Query parameters: DuckDB binds them by name, the cast gives them BigQuery's type. */
import { Dialect, parseDataType } from "@polyglot-sql/sdk";
import { refuse } from "../job.ts";
import { isFields } from "../node.ts";
import type { Scope } from "./scope.ts";
import { duckType } from "./types.ts";

/** `@name` as `$name`, and the nth `?` as `$pn`. Parameter names ignore case. */
export function emitParameter(name: string, scope: Scope): string {
  const { parameters } = scope.job.context;
  const ordinal = /^p(\d+)$/.exec(name)?.[1];
  const named = parameters.find((each) => each.name?.toLowerCase() === name.toLowerCase());
  const given = named ?? (ordinal === undefined ? undefined : positional(parameters, Number(ordinal)));
  if (given === undefined) return refuse(scope.job, `The parameter ${name} without a value`, `@${name}`);
  const spelled = given.name ?? name;
  scope.job.parameters.add(spelled);
  const parsed = parseDataType(given.type, Dialect.BigQuery);
  if (!parsed.success || !isFields(parsed.dataType)) {
    return refuse(scope.job, `The parameter type ${given.type}`, `@${name}`);
  }
  return `CAST($${spelled} AS ${duckType(parsed.dataType, scope)})`;
}

function positional(
  parameters: readonly { readonly name?: string; readonly type: string }[],
  ordinal: number,
): { readonly name?: string; readonly type: string } | undefined {
  const found = parameters[ordinal - 1];
  return found?.name === undefined || found.name === "" ? found && { type: found.type } : undefined;
}
