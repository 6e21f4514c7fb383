/** Rows of jobs. A job's row becomes DONE in the transaction that commits what the job did. */
import { quoted, type Session } from "../database.ts";
import type { Field } from "../schema/fields.ts";
import { one, RESULTS_SCHEMA, type Resource } from "./open.ts";

export interface JobRow {
  readonly id: string;
  readonly project: string;
  readonly createdMs: number;
  readonly endedMs: number | undefined;
  readonly state: "RUNNING" | "DONE";
  /** The Job of the API. */
  readonly resource: Resource;
  /** The columns of a query's result, whose rows stand in `resultTable(id)`. */
  readonly resultSchema: readonly Field[] | undefined;
}

/** How long a query's rows can be fetched (https://cloud.google.com/bigquery/docs/cached-results). */
const RESULTS_KEPT_MS = 24 * 60 * 60 * 1000;

export function resultTable(jobId: string): string {
  // Two ids may differ in case only, DuckDB's names may not.
  return `${RESULTS_SCHEMA}.${quoted(`j${Buffer.from(jobId).toString("hex")}`)}`;
}

const keyOf = (id: string) => `job ${id}`;

export async function findJob(session: Session, id: string): Promise<JobRow | undefined> {
  return session.remembered(keyOf(id), async () => {
    const row = await one(session, "SELECT * FROM __pullhouse.jobs WHERE id = $id", { id });
    return row && toRow(row);
  });
}

/** Newest first. @param limit at most this many rows, from `offset` on */
export async function listJobs(session: Session, limit: number, offset: number): Promise<readonly JobRow[]> {
  const sql = `SELECT * FROM __pullhouse.jobs ORDER BY created_ms DESC, id LIMIT ${limit} OFFSET ${offset}`;
  return (await session.rows(sql)).map(toRow);
}

/** @returns false when there is a job of this id, and then nothing is done */
export async function insertJob(session: Session, row: JobRow): Promise<boolean> {
  const { rowsChanged } = await session.run(
    `INSERT INTO __pullhouse.jobs (id, project, created_ms, state, resource)
     SELECT $id, $project, $created::BIGINT, $state, $resource
     WHERE NOT EXISTS (SELECT 1 FROM __pullhouse.jobs WHERE id = $id)`,
    {
      id: row.id,
      project: row.project,
      created: BigInt(row.createdMs),
      state: row.state,
      resource: JSON.stringify(row.resource),
    },
  );
  return rowsChanged > 0;
}

export async function endJob(session: Session, row: JobRow): Promise<void> {
  await session.run(
    `UPDATE __pullhouse.jobs SET state = 'DONE', ended_ms = $ended::BIGINT, resource = $resource,
       result_schema = $schema::VARCHAR WHERE id = $id`,
    {
      id: row.id,
      ended: BigInt(row.endedMs ?? 0),
      resource: JSON.stringify(row.resource),
      schema: row.resultSchema === undefined ? null : JSON.stringify(row.resultSchema),
    },
  );
  session.changed(keyOf(row.id));
}

export async function deleteJob(session: Session, id: string): Promise<void> {
  await session.run(`DROP TABLE IF EXISTS ${resultTable(id)}`);
  await session.run("DELETE FROM __pullhouse.jobs WHERE id = $id", { id });
  session.changed(keyOf(id));
}

/** Jobs that a process began and did not live to end. */
export async function unfinishedJobs(session: Session): Promise<readonly JobRow[]> {
  return (await session.rows("SELECT * FROM __pullhouse.jobs WHERE state = 'RUNNING'")).map(toRow);
}

/** Drops results that nobody may fetch any more. */
export async function dropOldResults(session: Session, nowMs: number): Promise<void> {
  const sql = `SELECT id FROM __pullhouse.jobs
    WHERE result_schema IS NOT NULL AND ended_ms < ${nowMs - RESULTS_KEPT_MS}`;
  for (const { id } of await session.rows(sql)) {
    await session.run(`DROP TABLE IF EXISTS ${resultTable(String(id))}`);
    await session.run("UPDATE __pullhouse.jobs SET result_schema = NULL WHERE id = $id", { id: String(id) });
    session.changed(keyOf(String(id)));
  }
}

function toRow(row: Record<string, unknown>): JobRow {
  const schema = row["result_schema"];
  return {
    id: String(row["id"]),
    project: String(row["project"]),
    createdMs: Number(row["created_ms"]),
    endedMs: row["ended_ms"] === null ? undefined : Number(row["ended_ms"]),
    state: row["state"] === "DONE" ? "DONE" : "RUNNING",
    resource: JSON.parse(String(row["resource"])) as Resource,
    resultSchema: typeof schema === "string" ? (JSON.parse(schema) as Field[]) : undefined,
  };
}
