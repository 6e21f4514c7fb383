/** Views: their GoogleSQL is kept as it was given, DuckDB holds its translation. */
import type { Session } from "./database.ts";
import { invalid } from "./errors.ts";
import { actualFields } from "./query/ddl.ts";
import { prepareQuery } from "./query/prepare.ts";
import type { Field } from "./schema/fields.ts";
import type { Resource, TableName } from "./store/open.ts";
import { fieldsOf, putTable, sqlName, type TableRow } from "./store/tables.ts";
import { createTable } from "./tables.ts";

/** In a transaction, with table and catalog locked. */
export async function createView(
  session: Session,
  project: string,
  name: TableName,
  resource: Resource,
  nowMs: number,
): Promise<TableRow> {
  // https://github.com/hashicorp/terraform-provider-google/issues/9096: they can only be set afterwards.
  if (resource["schema"] != null) throw invalid("Schema field shouldn't be used as input with a view");
  const select = await translateView(session, project, resource);
  const row = await createTable(session, project, { name, resource, kind: "VIEW", select }, nowMs);
  return withSchema(session, row, resource);
}

/** A changed query replaces the view; the other settings, descriptions of columns among them, are taken over. */
export async function replaceView(
  session: Session,
  project: string,
  row: TableRow,
  wanted: Resource,
): Promise<TableRow> {
  if (queryOf(wanted) === queryOf(row.resource)) return described(session, row, fieldsOf(row), wanted);
  const select = await translateView(session, project, wanted);
  await session.run(`CREATE OR REPLACE VIEW ${sqlName(row)} AS ${select}`);
  return withSchema(session, { ...row, resource: wanted }, wanted);
}

interface ViewDefinition {
  readonly query?: string;
  readonly useLegacySql?: boolean;
}

function queryOf(resource: Resource): string | undefined {
  return (resource["view"] as ViewDefinition | undefined)?.query;
}

async function translateView(session: Session, project: string, resource: Resource): Promise<string> {
  const view = resource["view"] as ViewDefinition | undefined;
  if (view?.query === undefined) throw invalid("Required parameter is missing: view.query");
  if (view.useLegacySql !== false)
    throw invalid("A view over legacy SQL is not supported by the local BigQuery");
  const query = { sql: view.query, defaultDataset: undefined, parameters: [] };
  const { sql, statementType } = await prepareQuery(session, project, query);
  if (statementType !== "SELECT")
    throw invalid(`A view's query must be a SELECT, this is a ${statementType}`);
  return sql;
}

/** Names and types are the query's. */
async function withSchema(session: Session, row: TableRow, resource: Resource): Promise<TableRow> {
  return described(session, row, await actualFields(session, row, undefined), resource);
}

/** Of the columns that are given, only the descriptions are taken. */
async function described(
  session: Session,
  row: TableRow,
  actual: readonly Field[],
  resource: Resource,
): Promise<TableRow> {
  const given = (resource["schema"] as { fields?: readonly Field[] } | undefined)?.fields ?? [];
  const descriptions = new Map(given.map((field) => [field.name, field.description]));
  const fields = actual.map((each) => {
    const { description: _, ...field } = each;
    const description = descriptions.get(field.name);
    return description === undefined ? field : { ...field, description };
  });
  const full = { ...row, resource: { ...resource, schema: { fields } } };
  await putTable(session, full);
  return full;
}
