/** Table names as BigQuery's statements have them. */

/** @returns what makes of a table's name `project.dataset.table`, quoted */
export function quotedIn(project: string, dataset: string): (table: string) => string {
  return (table) => `\`${project}.${dataset}.${table}\``;
}
