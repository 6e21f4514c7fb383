/** DML statements: run in DuckDB, held to the limits on partitions, and counted. */
import type { Session } from "../database.ts";
import { changeRows, type Partitioning, partitioningOf, valuesOf } from "../partitions.ts";
import type { Resource, TableName } from "../store/open.ts";
import { touchTable } from "../store/tables.ts";
import { checkAssigned } from "./assigned.ts";
import type { QueryConfiguration } from "./configuration.ts";
import { bind } from "./parameters.ts";
import type { Prepared } from "./prepare.ts";

const ACTION_OF: Readonly<Record<string, "INSERT" | "UPDATE">> = { INSERT: "INSERT", UPDATE: "UPDATE" };

/**
 * In a transaction, with the table locked.
 * @returns what the job's statistics tell of it
 */
export async function runDml(
  session: Session,
  query: QueryConfiguration,
  prepared: Prepared,
  nowMs: number,
): Promise<Resource> {
  await checkAssigned(session, prepared.assigned);
  const { values, types } = await bind(session, query.parameters, prepared.parameters);
  const { statementType } = prepared;
  const table = prepared.target as TableName;
  const { rows, result } = await changeRows(session, {
    sql: prepared.sql,
    table,
    partitioning: changedPartitions(prepared),
    kind: "query",
    returning: statementType === "MERGE" ? ["merge_action"] : [],
    values,
    types,
  });
  await touchTable(session, table, nowMs);
  const counts = { INSERT: 0, UPDATE: 0, DELETE: 0 };
  if (statementType !== "MERGE") counts[ACTION_OF[statementType] ?? "DELETE"] = rows;
  else for (const action of valuesOf(result, 0)) counts[action as keyof typeof counts]++;
  return {
    numDmlAffectedRows: String(rows),
    dmlStats: {
      insertedRowCount: String(counts.INSERT),
      updatedRowCount: String(counts.UPDATE),
      deletedRowCount: String(counts.DELETE),
    },
  };
}

/** TRUNCATE drops partitions unread. */
function changedPartitions({ statementType, tables, target }: Prepared): Partitioning | undefined {
  if (statementType === "TRUNCATE_TABLE") return undefined;
  const row = tables.find(({ dataset, table }) => dataset === target?.dataset && table === target.table);
  return row && partitioningOf(row.resource);
}
