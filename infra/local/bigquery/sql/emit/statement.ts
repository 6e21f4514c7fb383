/** Statements: which kind it is, which table it writes, and its DuckDB text. */
import { refuse, type TableName } from "../job.ts";
import { child, children, type Fields, kindOf, type Node } from "../node.ts";
import { alterTable, createTable, createView } from "./ddl.ts";
import { emitDelete, emitInsert, emitUpdate } from "./dml.ts";
import { columnsOf } from "./implicit-name.ts";
import type { Layout } from "./layout.ts";
import { emitMerge } from "./merge.ts";
import { duckTable, targetName } from "./names.ts";
import { emitQuery, isQuery } from "./query.ts";
import { only, refuseNode, type Scope } from "./scope.ts";

/** BigQuery's name of a kind of statement, as jobs report it. */
export type StatementType =
  | "SELECT"
  | "MERGE"
  | "INSERT"
  | "UPDATE"
  | "DELETE"
  | "CREATE_TABLE"
  | "CREATE_TABLE_AS_SELECT"
  | "CREATE_VIEW"
  | "DROP_TABLE"
  | "DROP_VIEW"
  | "ALTER_TABLE"
  | "TRUNCATE_TABLE"
  | "SCRIPT";

export interface Statement {
  readonly sql: string;
  readonly statementType: StatementType;
  /** The table or view that the statement creates, changes or drops. */
  readonly target?: TableName;
  /** The created table's partitions and clusters. */
  readonly layout?: Layout;
  /** Names of a SELECT's columns, unless one of them is a star. */
  readonly columns?: readonly string[];
}

type Emitter = (fields: Fields, scope: Scope) => Statement;

const STATEMENTS: Readonly<Record<string, Emitter>> = {
  merge: emitMerge,
  insert: emitInsert,
  update: emitUpdate,
  delete: emitDelete,
  create_table: createTable,
  create_view: createView,
  alter_table: alterTable,
  drop_table: (fields, scope) => {
    only(scope, "DROP TABLE", fields, ["names", "if_exists"]);
    const [name, second] = children(fields, "names");
    if (name === undefined || second !== undefined) refuse(scope.job, "DROP TABLE of several tables", "DROP");
    return drop("TABLE", name, fields, scope);
  },
  drop_view: (fields, scope) => {
    only(scope, "DROP VIEW", fields, ["name", "if_exists"]);
    return drop("VIEW", child(fields, "name") ?? {}, fields, scope);
  },
  truncate: (fields, scope) => {
    only(scope, "TRUNCATE TABLE", fields, ["target", "table"]);
    const target = targetName(child(fields, "table") ?? {}, scope);
    return { sql: `DELETE FROM ${duckTable(target)}`, statementType: "TRUNCATE_TABLE", target };
  },
};

export function emitStatement(node: Node, scope: Scope): Statement {
  const [kind, fields] = kindOf(node);
  if (isQuery(kind)) {
    const columns = columnsOf(node);
    return {
      sql: emitQuery(node, scope),
      statementType: "SELECT",
      ...(columns === undefined ? {} : { columns }),
    };
  }
  const emitter = STATEMENTS[kind];
  return emitter === undefined ? refuseNode(scope, node) : emitter(fields, scope);
}

function drop(what: "TABLE" | "VIEW", name: Fields, fields: Fields, scope: Scope): Statement {
  const target = targetName(name, scope);
  const exists = fields["if_exists"] === true ? "IF EXISTS " : "";
  return { sql: `DROP ${what} ${exists}${duckTable(target)}`, statementType: `DROP_${what}`, target };
}
