/** BigQuery: datasets with their access, tables and views; no rows. */
import { type Call, type Handler, type Handlers, type World } from "../call.ts";
import { type Json, recordAt, recordsAt, textAt } from "../json.ts";
import { found, mergePatch, withEtag } from "../legacy.ts";

const HOST = "//bigquery.googleapis.com";

export const datasetName = (project: string, dataset: string) =>
  `${HOST}/projects/${project}/datasets/${dataset}`;
export const tableName = (project: string, dataset: string, table: string) =>
  `${datasetName(project, dataset)}/tables/${table}`;

/** Basic roles come back under their older names (https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Access). */
const BASIC_ROLES: Readonly<Record<string, string>> = {
  "roles/bigquery.dataEditor": "WRITER",
  "roles/bigquery.dataOwner": "OWNER",
  "roles/bigquery.dataViewer": "READER",
};

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset.FIELDS.access */
const FIRST_ACCESS: readonly Json[] = [
  { role: "WRITER", specialGroup: "projectWriters" },
  { role: "OWNER", specialGroup: "projectOwners" },
  { role: "OWNER", userByEmail: "owner@example.com" },
  { role: "READER", specialGroup: "projectReaders" },
];

const projectOf = ({ params }: Call) => params["projectId"] ?? "";
const datasetIn = ({ params, body }: Call) =>
  params["datasetId"] ?? textAt(body, "datasetReference.datasetId");
const tableIn = ({ params, body }: Call) => params["tableId"] ?? textAt(body, "tableReference.tableId");

const datasetOf = (call: Call) =>
  found(
    call,
    datasetName(projectOf(call), datasetIn(call)),
    `Not found: Dataset ${projectOf(call)}:${datasetIn(call)}`,
  );
const tableOf = (call: Call) =>
  found(
    call,
    tableName(projectOf(call), datasetIn(call), tableIn(call)),
    `Not found: Table ${projectOf(call)}:${datasetIn(call)}.${tableIn(call)}`,
  );

const times = ({ nowMs }: World) => ({
  creationTime: String(nowMs()),
  lastModifiedTime: String(nowMs()),
});

function store(call: Call, name: string, resource: Json): Json {
  const stored = withEtag(call, resource);
  call.world.state.resources.set(name, stored);
  return stored;
}

const insertDataset: Handler = (call) => {
  const { body, world } = call;
  const [project, id] = [projectOf(call), datasetIn(call)];
  const access = recordsAt(body, "access");
  return store(call, datasetName(project, id), {
    maxTimeTravelHours: "168",
    location: "US",
    ...body,
    ...times(world),
    kind: "bigquery#dataset",
    type: "DEFAULT",
    id: `${project}:${id}`,
    datasetReference: { projectId: project, datasetId: id },
    selfLink: `https://bigquery.googleapis.com/bigquery/v2/projects/${project}/datasets/${id}`,
    access: normalAccess(access.length === 0 ? FIRST_ACCESS : access),
  });
};

function normalAccess(access: readonly Json[]): readonly Json[] {
  return access.map((entry) => {
    const basic = BASIC_ROLES[textAt(entry, "role")];
    return basic === undefined ? entry : { ...entry, role: basic };
  });
}

const changeDataset: Handler = (call) => {
  const before = datasetOf(call);
  const next = mergePatch(before, call.body);
  return store(call, datasetName(projectOf(call), datasetIn(call)), {
    ...next,
    access: normalAccess(recordsAt(next, "access")),
    lastModifiedTime: String(call.world.nowMs()),
  });
};

const deleteDataset: Handler = (call) => {
  datasetOf(call);
  const name = datasetName(projectOf(call), datasetIn(call));
  for (const table of call.world.state.below(name)) call.world.state.resources.delete(table);
  call.world.state.resources.delete(name);
  return {};
};

/** Names of SQL come back under those of the first API (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema.FIELDS.type). */
const TYPES: Readonly<Record<string, string>> = {
  INT64: "INTEGER",
  FLOAT64: "FLOAT",
  BOOL: "BOOLEAN",
  STRUCT: "RECORD",
};

function normalFields(fields: readonly Json[]): readonly Json[] {
  return fields.map((field) => ({
    ...field,
    type: TYPES[textAt(field, "type").toUpperCase()] ?? textAt(field, "type").toUpperCase(),
    ...(field["fields"] === undefined ? {} : { fields: normalFields(recordsAt(field, "fields")) }),
  }));
}

function normalTable(table: Json): Json {
  const isView = table["view"] !== undefined;
  const fields = normalFields(recordsAt(table, "schema.fields"));
  return {
    ...table,
    type: isView ? "VIEW" : "TABLE",
    ...(fields.length === 0 ? {} : { schema: { ...recordAt(table, "schema"), fields } }),
  };
}

const insertTable: Handler = (call) => {
  const { location } = datasetOf(call);
  const [projectId, datasetId, tableId] = [projectOf(call), datasetIn(call), tableIn(call)];
  return store(
    call,
    tableName(projectId, datasetId, tableId),
    normalTable({
      ...call.body,
      ...times(call.world),
      kind: "bigquery#table",
      id: `${projectId}:${datasetId}.${tableId}`,
      tableReference: { projectId, datasetId, tableId },
      selfLink: `https://bigquery.googleapis.com/bigquery/v2/projects/${projectId}/datasets/${datasetId}/tables/${tableId}`,
      location,
      numBytes: "0",
      numLongTermBytes: "0",
      numRows: "0",
    }),
  );
};

const changeTable: Handler = (call) => {
  const before = tableOf(call);
  const next = mergePatch(before, call.body);
  return store(call, tableName(projectOf(call), datasetIn(call), tableIn(call)), {
    ...normalTable(next),
    lastModifiedTime: String(call.world.nowMs()),
  });
};

const deleteTable: Handler = (call) => {
  tableOf(call);
  call.world.state.resources.delete(tableName(projectOf(call), datasetIn(call), tableIn(call)));
  return {};
};

/** Resources of a kind below a name, without those of their parts. */
function listed({ world }: Call, parent: string, kind: string): readonly Json[] {
  return world.state.below(parent).flatMap((name) => {
    const resource = world.state.resources.get(name);
    return resource?.["kind"] === kind ? [resource] : [];
  });
}

const listDatasets: Handler = (call) => {
  const all = listed(call, `${HOST}/projects/${projectOf(call)}/datasets`, "bigquery#dataset");
  const datasets = all.map(({ kind, id, datasetReference, location }) => ({
    kind,
    id,
    datasetReference,
    location,
  }));
  return { kind: "bigquery#datasetList", datasets };
};

const listTables: Handler = (call) => {
  datasetOf(call);
  const all = listed(call, datasetName(projectOf(call), datasetIn(call)), "bigquery#table");
  const tables = all.map(({ kind, id, tableReference, type }) => ({ kind, id, tableReference, type }));
  return { kind: "bigquery#tableList", tables, totalItems: tables.length };
};

export const BIGQUERY: Handlers = {
  "bigquery.datasets.insert": insertDataset,
  "bigquery.datasets.get": datasetOf,
  "bigquery.datasets.list": listDatasets,
  "bigquery.datasets.patch": changeDataset,
  "bigquery.datasets.update": changeDataset,
  "bigquery.datasets.delete": deleteDataset,
  "bigquery.tables.insert": insertTable,
  "bigquery.tables.get": tableOf,
  "bigquery.tables.list": listTables,
  "bigquery.tables.patch": changeTable,
  "bigquery.tables.update": changeTable,
  "bigquery.tables.delete": deleteTable,
};
