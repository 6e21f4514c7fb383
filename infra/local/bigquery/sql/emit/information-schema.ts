/** INFORMATION_SCHEMA views: a subquery over the tables that the local BigQuery keeps for them. */
import { refuse } from "../job.ts";
import { duckString } from "../literals.ts";
import { type Fields, nameAt } from "../node.ts";
import type { Scope } from "./scope.ts";

const VIEWS = new Set(["TABLES", "COLUMNS", "COLUMN_FIELD_PATHS", "JOBS"]);
/** Views of a project: a dataset has none of its own. */
const OF_PROJECT = new Set(["JOBS"]);

/**
 * `[project.][dataset.|region-us.]INFORMATION_SCHEMA.VIEW` as a subquery, or undefined for any other table.
 * A region means every dataset of the project; nothing means the default dataset, if there is one.
 */
export function informationSchema(fields: Fields, scope: Scope): { sql: string; name: string } | undefined {
  const path = [nameAt(fields, "catalog"), nameAt(fields, "schema"), nameAt(fields, "name")]
    .filter((part) => part !== undefined)
    .flatMap((part) => part.split("."));
  const at = path.findIndex((part) => part.toUpperCase() === "INFORMATION_SCHEMA");
  if (at === -1 || at !== path.length - 2) return undefined;
  const view = (path.at(-1) ?? "").toUpperCase();
  if (!VIEWS.has(view)) {
    return refuse(
      scope.job,
      `INFORMATION_SCHEMA.${view}`,
      "INFORMATION_SCHEMA",
      `${[...VIEWS].join(", ")} are`,
    );
  }
  const isOfProject = OF_PROJECT.has(view);
  const qualifier = path[at - 1] ?? (isOfProject ? undefined : scope.job.context.defaultDataset);
  const everywhere = qualifier === undefined || /^region-/i.test(qualifier);
  if (isOfProject && !everywhere)
    return refuse(
      scope.job,
      `INFORMATION_SCHEMA.${view} of a dataset`,
      "INFORMATION_SCHEMA",
      "name a region",
    );
  const where = everywhere ? "" : ` WHERE table_schema = ${duckString(qualifier)}`;
  return { sql: `(SELECT * FROM "__information_schema"."${view.toLowerCase()}"${where})`, name: view };
}
