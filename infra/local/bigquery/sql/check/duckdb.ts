/** The catalogue's statements on DuckDB, answers in the plain form. */
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  DuckDBTypeId,
  listValue,
} from "@duckdb/node-api";
import { MACROS } from "../macros.ts";
import { translate } from "../translate.ts";
import { duckLiteral, duckTypeText, fromDuck } from "./duckdb-values.ts";
import { TEST_TABLES } from "./test-tables.ts";
import { type Answer, type ColumnType, typeText, type Value } from "./values.ts";

export interface Parameter {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: Value;
}

/** A connection as the local BigQuery makes it, with the test tables in the dataset `ds`. */
export async function openDuckDb(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const macro of MACROS) await connection.run(macro);
  await connection.run('CREATE SCHEMA "ds"');
  for (const table of TEST_TABLES) {
    const columns = table.columns.map((column) => `"${column.name}" ${duckTypeText(column.type)}`);
    await connection.run(`CREATE TABLE "ds"."${table.name}" (${columns.join(", ")})`);
    const rows = table.rows.map(
      (row) => `(${row.map((value, at) => duckLiteral(value, table.columns[at]?.type)).join(", ")})`,
    );
    await connection.run(`INSERT INTO "ds"."${table.name}" VALUES ${rows.join(", ")}`);
  }
  return connection;
}

/** Translates and runs one query. */
export async function answerOfDuckDb(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly Parameter[] = [],
): Promise<Answer> {
  const translated = await translate(sql, {
    defaultProject: "acme-prod",
    defaultDataset: "ds",
    parameters: parameters.map(({ name, type }) => ({ name, type: typeText(type) })),
    jsonColumns: ["extra"],
  });
  const bound = parameters.map(({ name, value }) => [name, bindable(value)] as const);
  const reader = await connection.runAndReadAll(
    translated.sql,
    bound.length === 0 ? undefined : Object.fromEntries(bound),
  );
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, at) => ({ name, type: typeOf(types[at] as DuckDBType) }));
  const rows = reader
    .getRows()
    .map((row) => row.map((value, at) => fromDuck(value, types[at] as DuckDBType)));
  return { columns, rows };
}

/** The translation casts each parameter, so text is enough. */
function bindable(value: Value) {
  return Array.isArray(value) ? listValue(value as readonly string[]) : (value as string | boolean | null);
}

const SCALARS: Partial<Record<DuckDBTypeId, ColumnType>> = {
  [DuckDBTypeId.BOOLEAN]: { kind: "BOOL" },
  [DuckDBTypeId.INTEGER]: { kind: "INT64" },
  [DuckDBTypeId.BIGINT]: { kind: "INT64" },
  // SUM over INT64; BigQuery's stays INT64 and fails beyond.
  [DuckDBTypeId.HUGEINT]: { kind: "INT64" },
  [DuckDBTypeId.DOUBLE]: { kind: "FLOAT64" },
  [DuckDBTypeId.DECIMAL]: { kind: "NUMERIC" },
  [DuckDBTypeId.VARCHAR]: { kind: "STRING" },
  [DuckDBTypeId.BLOB]: { kind: "BYTES" },
  [DuckDBTypeId.DATE]: { kind: "DATE" },
  [DuckDBTypeId.TIME]: { kind: "TIME" },
  [DuckDBTypeId.TIMESTAMP]: { kind: "DATETIME" },
  [DuckDBTypeId.TIMESTAMP_TZ]: { kind: "TIMESTAMP" },
};

function typeOf(type: DuckDBType): ColumnType {
  if (type.alias === "JSON") return { kind: "JSON" };
  if (type.typeId === DuckDBTypeId.LIST) return { kind: "ARRAY", element: typeOf(type.valueType) };
  if (type.typeId === DuckDBTypeId.STRUCT) {
    const fields = type.entryNames.map((name, at) => ({
      name,
      type: typeOf(type.entryTypes[at] as DuckDBType),
    }));
    return { kind: "STRUCT", fields };
  }
  const scalar = SCALARS[type.typeId];
  if (scalar === undefined) throw new Error(`no BigQuery type for DuckDB's ${type.toString()}`);
  return scalar;
}
