/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
import type { Hono } from "hono";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import { BigQueryError, duplicate, invalid, notFound } from "../errors.ts";
import { withDefaults } from "../expiration.ts";
import {
  type DatasetRow,
  deleteDataset,
  findDataset,
  findDatasetAnyCase,
  insertDataset,
  listDatasets,
  updateDataset,
} from "../store/datasets.ts";
import type { Resource } from "../store/open.ts";
import { listTables } from "../store/tables.ts";
import { CATALOG_KEY, checkDatasetName } from "../table-name.ts";
import {
  checkEtag,
  etagOf,
  isTrue,
  pageOf,
  patched,
  readBody,
  readPageRequest,
  settingsOf,
} from "./requests.ts";

const DEFAULT_LOCATION = "US";

export function datasetRoutes(app: Hono, { database, withLock, now }: Context): void {
  const changed = <T>(work: (session: Session) => Promise<T>) =>
    withLock(CATALOG_KEY, () => database.transaction(work));

  app.post("/projects/:project/datasets", async (call) => {
    const { project } = call.req.param();
    const body = await readBody(call);
    const dataset = (body["datasetReference"] as { datasetId?: string } | undefined)?.datasetId;
    if (dataset === undefined) throw invalid("Required parameter is missing: datasetReference.datasetId");
    checkDatasetName(dataset);
    const nowMs = now();
    const row = { dataset, createdMs: nowMs, modifiedMs: nowMs, resource: withDefaults(settingsOf(body)) };
    await changed(async (session) => {
      const taken = await findDatasetAnyCase(session, dataset);
      if (taken === dataset) throw duplicate(`Dataset ${project}:${dataset}`);
      if (taken !== undefined) {
        throw invalid(
          `The local BigQuery cannot hold ${dataset} beside ${taken}: the names differ in case only`,
        );
      }
      await insertDataset(session, row);
    });
    return call.json(datasetResource(project, row));
  });

  app.get("/projects/:project/datasets", async (call) => {
    const { project } = call.req.param();
    const { items, next } = pageOf(await database.session(listDatasets), readPageRequest(call));
    return call.json({
      kind: "bigquery#datasetList",
      etag: etagOf(items),
      ...(next === undefined ? {} : { nextPageToken: next }),
      datasets: items.map((row) => {
        const { id, datasetReference, location, labels, friendlyName } = datasetResource(project, row);
        return { kind: "bigquery#dataset", id, datasetReference, location, labels, friendlyName };
      }),
    });
  });

  app.get("/projects/:project/datasets/:dataset", async (call) => {
    const { project, dataset } = call.req.param();
    const row = await database.session((session) => required(session, project, dataset));
    return call.json(datasetResource(project, row));
  });

  app.on(["PATCH", "PUT"], "/projects/:project/datasets/:dataset", async (call) => {
    const { project, dataset } = call.req.param();
    const given = settingsOf(await readBody(call));
    const row = await changed(async (session) => {
      const present = await required(session, project, dataset);
      checkEtag(call, datasetResource(project, present)["etag"] as string);
      const resource = withDefaults(patched(call.req.method === "PUT" ? {} : present.resource, given));
      const next = { ...present, modifiedMs: now(), resource };
      await updateDataset(session, next);
      return next;
    });
    return call.json(datasetResource(project, row));
  });

  app.delete("/projects/:project/datasets/:dataset", async (call) => {
    const { project, dataset } = call.req.param();
    await changed(async (session) => {
      await required(session, project, dataset);
      const tables = await listTables(session, dataset);
      if (tables.length > 0 && !isTrue(call, "deleteContents")) {
        throw new BigQueryError("resourceInUse", `Dataset ${project}:${dataset} is still in use`);
      }
      await deleteDataset(session, dataset);
    });
    return call.body(null, 204);
  });
}

async function required(session: Session, project: string, dataset: string): Promise<DatasetRow> {
  const row = await findDataset(session, dataset);
  if (!row) throw notFound(`Dataset ${project}:${dataset}`);
  return row;
}

function datasetResource(project: string, row: DatasetRow): Resource {
  const resource = {
    kind: "bigquery#dataset",
    id: `${project}:${row.dataset}`,
    datasetReference: { projectId: project, datasetId: row.dataset },
    location: DEFAULT_LOCATION,
    ...row.resource,
    creationTime: String(row.createdMs),
    lastModifiedTime: String(row.modifiedMs),
  };
  return { ...resource, etag: etagOf(resource) };
}
