/** Rows of datasets. A dataset is a DuckDB schema of the same name. */
import { quoted, type Session } from "../database.ts";
import { one, type Resource } from "./open.ts";
import { listTables, rowKey } from "./tables.ts";

export interface DatasetRow {
  readonly dataset: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** What the client set: labels, description, location, defaultTableExpirationMs, … */
  readonly resource: Resource;
}

const keyOf = (dataset: string) => `dataset ${dataset}`;

export async function findDataset(session: Session, dataset: string): Promise<DatasetRow | undefined> {
  return session.remembered(keyOf(dataset), async () => {
    const row = await one(session, "SELECT * FROM __pullhouse.datasets WHERE dataset = $dataset", {
      dataset,
    });
    return row && toRow(row);
  });
}

/** DuckDB's names are case-insensitive, BigQuery's are not. */
export async function findDatasetAnyCase(session: Session, dataset: string): Promise<string | undefined> {
  const sql = "SELECT dataset FROM __pullhouse.datasets WHERE lower(dataset) = lower($dataset)";
  return (await one(session, sql, { dataset }))?.["dataset"] as string | undefined;
}

export async function listDatasets(session: Session): Promise<readonly DatasetRow[]> {
  return (await session.rows("SELECT * FROM __pullhouse.datasets ORDER BY dataset")).map(toRow);
}

export async function insertDataset(session: Session, row: DatasetRow): Promise<void> {
  await session.run(`CREATE SCHEMA ${quoted(row.dataset)}`);
  await session.run(
    "INSERT INTO __pullhouse.datasets VALUES ($dataset, $created::BIGINT, $modified::BIGINT, $resource)",
    values(row),
  );
  session.changed(keyOf(row.dataset));
}

export async function updateDataset(session: Session, row: DatasetRow): Promise<void> {
  const { dataset, modified, resource } = values(row);
  await session.run(
    "UPDATE __pullhouse.datasets SET modified_ms = $modified::BIGINT, resource = $resource WHERE dataset = $dataset",
    { dataset, modified, resource },
  );
  session.changed(keyOf(dataset));
}

/** With all of its tables. */
export async function deleteDataset(session: Session, dataset: string): Promise<void> {
  for (const row of await listTables(session, dataset)) session.changed(rowKey(row));
  session.changed(keyOf(dataset));
  await session.run(`DROP SCHEMA ${quoted(dataset)} CASCADE`);
  await session.run("DELETE FROM __pullhouse.datasets WHERE dataset = $dataset", { dataset });
  await session.run("DELETE FROM __pullhouse.tables WHERE dataset = $dataset", { dataset });
  for (const table of ["columns", "column_field_paths"]) {
    await session.run(`DELETE FROM __information_schema.${table} WHERE table_schema = $dataset`, { dataset });
  }
}

function toRow(row: Record<string, unknown>): DatasetRow {
  return {
    dataset: String(row["dataset"]),
    createdMs: Number(row["created_ms"]),
    modifiedMs: Number(row["modified_ms"]),
    resource: JSON.parse(String(row["resource"])) as Resource,
  };
}

function values(row: DatasetRow) {
  return {
    dataset: row.dataset,
    created: BigInt(row.createdMs),
    modified: BigInt(row.modifiedMs),
    resource: JSON.stringify(row.resource),
  };
}
