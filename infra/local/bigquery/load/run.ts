/** A load job, from its objects to its rows. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { literal, quoted, type Session } from "../database.ts";
import { BigQueryError, invalid } from "../errors.ts";
import type { RunningJob } from "../jobs.ts";
import { changeRows } from "../partitions.ts";
import { jsonType } from "../schema/duckdb-types.ts";
import type { TableName } from "../store/open.ts";
import { fieldsOf, putTable, sqlName, touchTable } from "../store/tables.ts";
import { CATALOG_KEY, tableKey } from "../table-name.ts";
import { createColumns, createTable } from "../tables.ts";
import type { LoadConfiguration } from "./configuration.ts";
import { openObject, resolveObjects } from "./objects.ts";
import { type Plan, planLoad } from "./plan.ts";
import { type ReadRows, readRows, type Source } from "./read-rows.ts";

/** DuckDB's default for the longest JSON object; longer rows ask for more. */
const OBJECT_BYTES_MIN = 16 * 1024 * 1024;

/**
 * All rows or none: they are checked and written to a file of this job first, then one transaction changes the
 * table, inserts the rows and ends the job. Jobs of one table run one after the other.
 *
 * @param uploaded content that came with the request, in place of objects
 */
export async function runLoad(
  job: RunningJob,
  load: LoadConfiguration,
  context: Context,
  uploaded?: Source,
): Promise<void> {
  const { database, withLock, now, takeTime } = context;
  await withLock(tableKey(load.destination), async () => {
    const startedMs = now();
    const plan = await database.session((session) => planLoad(session, job.project, load));
    const file = join(database.loadDir, `${context.randomId()}.ndjson`);
    try {
      const sources = uploaded ? [uploaded] : await objectsOf(job, load, context);
      const read = await readRows(sources, file, { ...load, fields: plan.fields, signal: job.signal });
      await takeTime("LOAD", startedMs, job.signal);
      const commit = () =>
        database.transaction(async (session) => {
          await applyChange(session, job, load, plan, now());
          await insertRows(session, load.destination, plan, read, file);
          await touchTable(session, load.destination, now());
          await job.end(session, { statistics: statisticsOf(read), errors: read.errors });
        });
      await (plan.change.kind === "none" ? commit() : withLock(CATALOG_KEY, commit));
    } finally {
      await rm(file, { force: true });
    }
  });
}

async function objectsOf(
  job: RunningJob,
  load: LoadConfiguration,
  { storageUrl }: Context,
): Promise<readonly Source[]> {
  if (load.sourceUris.length === 0) throw invalid("No source URIs specified");
  const objects = await resolveObjects(load.sourceUris, storageUrl, job.signal);
  return objects.map((object) => ({
    uri: object.uri,
    open: () => openObject(object, storageUrl, job.signal),
  }));
}

async function applyChange(
  session: Session,
  job: RunningJob,
  load: LoadConfiguration,
  { change, fields }: Plan,
  nowMs: number,
): Promise<void> {
  const name = load.destination;
  switch (change.kind) {
    case "none":
      return;
    case "create": {
      const resource = { ...load.tableProperties, schema: { fields } };
      await createTable(session, job.project, { name, resource, kind: "TABLE" }, nowMs);
      return;
    }
    case "empty":
      await session.run(`DELETE FROM ${sqlName(name)}`);
      return;
    case "replace":
      if (fieldsOf(change.row).length > 0) await session.run(`DROP TABLE ${sqlName(name)}`);
      await createColumns(session, name, fields);
      await putTable(session, { ...change.row, resource: { ...change.row.resource, schema: { fields } } });
      return;
    case "alter":
      for (const clause of change.clauses) await session.run(`ALTER TABLE ${sqlName(name)} ${clause}`);
      await putTable(session, {
        ...change.row,
        resource: { ...change.row.resource, schema: { fields: change.fields } },
      });
  }
}

async function insertRows(
  session: Session,
  name: TableName,
  { fields, partitioning }: Plan,
  read: ReadRows,
  file: string,
): Promise<void> {
  if (read.rows === 0) return;
  const columns = fields.map((field) => `${literal(field.name)}: ${literal(jsonType(field))}`);
  // A character is at most three bytes here, and DuckDB counts the line end.
  const longest = Math.max(OBJECT_BYTES_MIN, read.longestRow * 3 + 2);
  const sql = `INSERT INTO ${sqlName(name)} (${fields.map((field) => quoted(field.name)).join(", ")})
     SELECT * FROM read_json(${literal(file)}, format = 'newline_delimited', columns = {${columns.join(", ")}},
       maximum_object_size = ${longest})`;
  const { rows } = await changeRows(session, { sql, table: name, partitioning, kind: "load" });
  if (rows !== read.rows)
    throw new BigQueryError("internalError", `${read.rows} rows were read and ${rows} inserted`);
}

function statisticsOf(read: ReadRows): Record<string, unknown> {
  return {
    totalBytesProcessed: String(read.outputBytes),
    load: {
      inputFiles: String(read.inputFiles),
      inputFileBytes: String(read.inputBytes),
      outputRows: String(read.rows),
      outputBytes: String(read.outputBytes),
      badRecords: String(read.badRecords),
    },
  };
}
