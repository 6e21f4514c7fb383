/** Whether what a statement assigns has the types of the columns that it goes to, as GoogleSQL compares them. */
import { DuckDBListType, DuckDBStructType, type DuckDBType, DuckDBTypeId } from "@duckdb/node-api";
import type { Session } from "../database.ts";
import { BigQueryError } from "../errors.ts";
import { fieldOf } from "../schema/duckdb-types.ts";
import { type Field, type FieldType, modeOf, sqlTypeOf } from "../schema/fields.ts";
import type { Assigned } from "../sql/job.ts";

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#comparison_chart, "Coerce to". */
const COERCES: Partial<Record<FieldType, readonly FieldType[]>> = {
  INTEGER: ["NUMERIC", "BIGNUMERIC", "FLOAT"],
  NUMERIC: ["BIGNUMERIC", "FLOAT"],
  BIGNUMERIC: ["FLOAT"],
  DATE: ["DATETIME"],
};

/** @throws BigQueryError `invalidQuery` in Google's words, whether there are rows or not */
export async function checkAssigned(session: Session, assigned: readonly Assigned[]): Promise<void> {
  for (const { verb, sql, assignments } of assigned) {
    const statement = await session.connection.prepare(sql);
    for (const [index, { path, field }] of assignments.entries()) {
      const type = statement.columnType(index);
      if (!fits(type, field)) throw misfit(verb, path, sqlTypeOf(fieldOf(path, type)), sqlTypeOf(field));
    }
  }
}

/**
 * STRUCTs field by field in their order, each as if it were assigned alone; the elements of an ARRAY must have the very
 * type. Names say nothing. A literal inside of a STRUCT is not told from a column: for another type it needs a CAST here.
 */
function fits(from: DuckDBType, to: Field, exactly = false): boolean {
  // Only a literal and NULL have 32 bits.
  if (from.typeId === DuckDBTypeId.INTEGER || from.typeId === DuckDBTypeId.SQLNULL) return true;
  if (modeOf(to) === "REPEATED")
    return from instanceof DuckDBListType && fits(from.valueType, { ...to, mode: "NULLABLE" }, true);
  if (to.fields !== undefined) {
    const { fields } = to;
    if (!(from instanceof DuckDBStructType) || from.entryCount !== fields.length) return false;
    return from.entryTypes.every((entry, index) => fits(entry, fields[index] as Field, exactly));
  }
  if (from instanceof DuckDBListType || from instanceof DuckDBStructType) return false;
  const { type } = fieldOf(to.name, from);
  return type === to.type || (!exactly && (COERCES[type]?.includes(to.type) ?? false));
}

function misfit(verb: Assigned["verb"], path: string, given: string, wanted: string): BigQueryError {
  const message =
    verb === "insert"
      ? `Value has type ${given} which cannot be inserted into column ${path}, which has type ${wanted}`
      : `Value of type ${given} cannot be assigned to ${path}, which has type ${wanted}`;
  return new BigQueryError("invalidQuery", message, "query");
}
