/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
import type { Hono } from "hono";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import { invalid, notFound } from "../errors.ts";
import { dropExpiredPartitions, expiryOf } from "../expiration.ts";
import { countRows, rowBytes } from "../query/bytes.ts";
import { changeSchema } from "../schema/change.ts";
import { checkFields } from "../schema/fields.ts";
import { findDataset } from "../store/datasets.ts";
import type { Resource } from "../store/open.ts";
import { fieldsOf, listTables, putTable, sqlName, type TableRow } from "../store/tables.ts";
import { CATALOG_KEY, fullName, readTableName, tableKey } from "../table-name.ts";
import { checkLayout, createColumns, createTable, dropTable, requireTable } from "../tables.ts";
import { createView, replaceView } from "../views.ts";
import { checkEtag, etagOf, pageOf, patched, readBody, readPageRequest, settingsOf } from "./requests.ts";

export function tableRoutes(app: Hono, context: Context): void {
  const { database, withLock, now } = context;
  const changed = <T>(name: { dataset: string; table: string }, work: (session: Session) => Promise<T>) =>
    withLock(tableKey(name), () => withLock(CATALOG_KEY, () => database.transaction(work)));

  app.post("/projects/:project/datasets/:dataset/tables", async (call) => {
    const { project, dataset } = call.req.param();
    const body = await readBody(call);
    const name = readTableName({ ...(body["tableReference"] as object), datasetId: dataset });
    const resource = settingsOf(body);
    refuseKinds(resource);
    const row = await changed(name, (session) =>
      resource["view"] === undefined
        ? createTable(session, project, { name, resource, kind: "TABLE" }, now())
        : createView(session, project, name, resource, now()),
    );
    return call.json(await database.session((session) => tableResource(session, project, row, 0)));
  });

  app.get("/projects/:project/datasets/:dataset/tables", async (call) => {
    const { project, dataset } = call.req.param();
    const rows = await database.session(async (session) => {
      if (!(await findDataset(session, dataset))) throw notFound(`Dataset ${project}:${dataset}`);
      return listTables(session, dataset);
    });
    const { items, next } = pageOf(rows, readPageRequest(call));
    return call.json({
      kind: "bigquery#tableList",
      etag: etagOf(items),
      ...(next === undefined ? {} : { nextPageToken: next }),
      totalItems: rows.length,
      tables: items.map((row) => ({ ...identity(project, row), ...listed(row) })),
    });
  });

  app.get("/projects/:project/datasets/:dataset/tables/:table", async (call) => {
    const { project, dataset, table } = call.req.param();
    const row = await database.session((session) => requireTable(session, project, { dataset, table }));
    await dropExpiredPartitions(context, [row]);
    return call.json(await database.session((session) => tableResource(session, project, row)));
  });

  app.on(["PATCH", "PUT"], "/projects/:project/datasets/:dataset/tables/:table", async (call) => {
    const { project, dataset, table } = call.req.param();
    const given = settingsOf(await readBody(call));
    const name = { dataset, table };
    const row = await changed(name, async (session) => {
      const present = await requireTable(session, project, name);
      checkEtag(call, etagOf(present));
      const wanted = patched(call.req.method === "PUT" ? {} : present.resource, given);
      return alter(session, project, present, wanted, now());
    });
    return call.json(await database.session((session) => tableResource(session, project, row)));
  });

  app.delete("/projects/:project/datasets/:dataset/tables/:table", async (call) => {
    const { project, dataset, table } = call.req.param();
    const name = { dataset, table };
    await changed(name, async (session) => dropTable(session, await requireTable(session, project, name)));
    return call.body(null, 204);
  });
}

const KINDS_NOT_HERE = [
  "materializedView",
  "externalDataConfiguration",
  "snapshotDefinition",
  "cloneDefinition",
];

function refuseKinds(resource: Resource): void {
  const kind = KINDS_NOT_HERE.find((each) => resource[each] != null);
  if (kind !== undefined) throw invalid(`A table with ${kind} is not supported by the local BigQuery`);
}

async function alter(
  session: Session,
  project: string,
  present: TableRow,
  wanted: Resource,
  nowMs: number,
): Promise<TableRow> {
  const fields = checkFields((wanted["schema"] as { fields?: unknown } | undefined)?.fields ?? []);
  const before = fieldsOf(present);
  checkLayout(wanted, fields.length > 0 ? fields : before);
  const next = { ...present, modifiedMs: nowMs, expiresMs: expiryOf(wanted) };
  if (present.kind === "VIEW") return replaceView(session, project, next, wanted);
  if (before.length === 0 && fields.length > 0) await createColumns(session, present, fields);
  const change = changeSchema(fullName(project, present), before, fields.length > 0 ? fields : before);
  if (before.length > 0) {
    for (const clause of change.clauses) await session.run(`ALTER TABLE ${sqlName(present)} ${clause}`);
  }
  const row = { ...next, resource: { ...wanted, schema: { fields: change.fields } } };
  await putTable(session, row);
  return row;
}

function identity(project: string, row: TableRow): Resource {
  return {
    kind: "bigquery#table",
    id: fullName(project, row),
    tableReference: { projectId: project, datasetId: row.dataset, tableId: row.table },
    type: row.kind,
    creationTime: String(row.createdMs),
    ...(row.expiresMs === undefined ? {} : { expirationTime: String(row.expiresMs) }),
  };
}

function listed({ resource }: TableRow): Resource {
  const { friendlyName, labels, timePartitioning, rangePartitioning, clustering, view } = resource;
  return {
    friendlyName,
    labels,
    timePartitioning,
    rangePartitioning,
    clustering,
    ...(view === undefined ? {} : { view: { useLegacySql: false } }),
  };
}

async function tableResource(
  session: Session,
  project: string,
  row: TableRow,
  known?: number,
): Promise<Resource> {
  const rows = known ?? (await countRows(session, row));
  const bytes = String(rows * rowBytes(fieldsOf(row)));
  const { location } = (await findDataset(session, row.dataset))?.resource ?? {};
  return {
    location: location ?? "US",
    ...row.resource,
    ...identity(project, row),
    etag: etagOf(row),
    lastModifiedTime: String(row.modifiedMs),
    numRows: String(rows),
    numBytes: bytes,
    numLongTermBytes: "0",
    numTotalLogicalBytes: bytes,
  };
}
