/** Errors of DuckDB and of the translator as BigQuery's. */
import { BigQueryError, notFound } from "./errors.ts";
import { UnsupportedSqlError } from "./sql/unsupported.ts";

/** DuckDB's errors begin with their kind (https://duckdb.org/docs/stable/dev/sqllogictest/intro, "Exception types"). */
const KIND = /^(?:Error: )?([A-Za-z ]+?) Error: ([\s\S]*)$/;

export function toBigQueryError(error: unknown, project: string): BigQueryError {
  if (error instanceof BigQueryError) return error;
  if (error instanceof UnsupportedSqlError) return new BigQueryError("invalidQuery", error.message, "query");
  const message = error instanceof Error ? error.message : String(error);
  const [, kind = "", rest = message] = KIND.exec(message) ?? [];
  const [line = rest] = rest.split("\n\nLINE ");
  const text = line.trim();
  switch (kind) {
    case "Catalog": {
      const missing = /(?:Table|View) with name (\S+) does not exist/.exec(text)?.[1];
      return missing === undefined
        ? invalidQuery(text)
        : notFound(`Table ${project}:${missing} was not found`);
    }
    case "Binder":
      return invalidQuery(bindMessage(text));
    case "Constraint": {
      const column = /NOT NULL constraint failed: (?:.*\.)?(\S+)$/.exec(text)?.[1];
      return invalidQuery(column === undefined ? text : `Required field ${column} cannot be null`);
    }
    case "Parser":
    case "Conversion":
    case "Out of Range":
    case "Invalid Input":
    case "Invalid":
    case "Mismatch Type":
    case "Not implemented":
      return invalidQuery(text);
    case "Out of Memory":
      return new BigQueryError("resourcesExceeded", `Resources exceeded during query execution: ${text}`);
    case "INTERRUPT":
      return new BigQueryError("stopped", "Job execution was cancelled: User requested cancellation");
    default:
      return new BigQueryError("backendError", `The local BigQuery failed: ${message}`);
  }
}

function invalidQuery(message: string): BigQueryError {
  return new BigQueryError("invalidQuery", message, "query");
}

function bindMessage(text: string): string {
  const unknown = /^(?:Referenced column|Column) "(.+?)" (?:not found|referenced that exists)/.exec(
    text,
  )?.[1];
  return unknown === undefined ? text : `Unrecognized name: ${unknown}`;
}
