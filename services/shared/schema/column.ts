/** A column in BigQuery's schema format (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema). */

export const COLUMN_TYPES = [
  "STRING",
  "BYTES",
  "INTEGER",
  "FLOAT",
  "BOOLEAN",
  "TIMESTAMP",
  "DATE",
  "TIME",
  "DATETIME",
  "NUMERIC",
  "JSON",
  "RECORD",
] as const;

export type ColumnType = (typeof COLUMN_TYPES)[number];

/** Types and modes in the legacy names that the API answers with, so that a table and its file compare equal. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode?: "NULLABLE" | "REQUIRED" | "REPEATED";
  readonly description?: string;
  readonly fields?: readonly Column[];
}

/** The columns without their descriptions, at every depth. */
export function undescribed(columns: readonly Column[]): readonly Column[] {
  return columns.map(({ name, type, mode, fields }) => ({
    name,
    type,
    ...(mode === undefined ? {} : { mode }),
    ...(fields === undefined ? {} : { fields: undescribed(fields) }),
  }));
}

/** protojson's spelling of a field's name, which also fills its column: `repo_id` is `repoId`, `aws-arn` is `awsArn`. */
export function lowerCamelCase(name: string): string {
  return name.replaceAll(/[_-]+([A-Za-z0-9])/g, (_match, next: string) => next.toUpperCase());
}
