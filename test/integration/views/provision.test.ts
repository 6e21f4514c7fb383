/** Tables and views are created with what describes them, and brought up to date when their files change. */
import { beforeAll, expect, test } from "vitest";
import { systemClock } from "#services/shared/clock.ts";
import { tablesOf } from "#services/shared/gcp/bigquery-api.ts";
import { provisionTables } from "#services/shared/gcp/provision.ts";
import { ensureTable, ensureView } from "#services/shared/gcp/tables.ts";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { allTables } from "#services/shared/schema/all-tables.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { loadRegistry, schemasFolder } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { loadViews, type View } from "#services/shared/schema/views.ts";
import { localBigQuery } from "../bigquery/local-bigquery.ts";

const local = await localBigQuery();
const registry = loadRegistry();
const views = loadViews(registry);

interface Metadata {
  readonly type: string;
  readonly description?: string;
  readonly lastModifiedTime: string;
  readonly schema: { readonly fields: readonly Column[] };
  readonly timePartitioning?: object;
  readonly clustering?: object;
}

const project = (dataset: string) => ({
  id: "local-test",
  dataset,
  stagingDataset: `${dataset}_staging`,
  bigqueryUrl: local.url,
  location: "",
  topic: "",
  subscription: "",
  bucket: "",
  queues: [],
  pubsubHost: "",
  tasksHost: "",
  storageUrl: "",
  schemasFolder: schemasFolder(),
});

let provisioned: Awaited<ReturnType<typeof local.dataset>>;
const metadataOf = async (name: string) =>
  (await provisioned.table(name).getMetadata())[0] as unknown as Metadata;

beforeAll(async () => {
  provisioned = await local.dataset();
  await provisionTables(project(provisioned.id ?? ""));
}, 90_000);

test("every table of the registry is there, partitioned and clustered as the loader makes it", async () => {
  const [tables] = await provisioned.getTables();
  const names = allTables(registry, loadRollups(registry)).map(({ name }) => name);
  expect(tables.map(({ id = "" }) => id).toSorted()).toEqual(
    [...names, ...views.map(({ name }) => name)].toSorted(),
  );
  const made = await metadataOf("dev_chainguard_registry_pull_v1");
  expect(made.timePartitioning).toEqual({ type: "DAY", field: "ce_time" });
  expect(made.clustering).toEqual({ fields: ["ce_time", "ce_source", "ce_id"] });
  expect(made.schema.fields).toEqual(registry.find("dev.chainguard.registry.pull.v1")?.columns);
});

test.each(views.map(({ name }) => name))(
  "the view %s has the columns of its comment, described",
  async (name) => {
    const view = views.find((each) => each.name === name) as View;
    const made = await metadataOf(name);
    expect(made).toMatchObject({ type: "VIEW", description: view.description });
    expect(made.schema.fields.map((field) => ({ name: field.name, text: field.description }))).toEqual(
      view.columns,
    );
  },
);

test("doing it again changes nothing", async () => {
  const names = ["pulls", "logical_pulls", "audit", "dev_chainguard_registry_pull_v1"];
  const before = await Promise.all(names.map(metadataOf));
  await provisionTables(project(provisioned.id ?? ""));
  expect(await Promise.all(names.map(metadataOf))).toEqual(before);
}, 60_000);

test("a changed view is replaced, with its descriptions", async () => {
  const dataset = await local.dataset();
  const view = (column: string, text: string): View => ({
    name: "v",
    description: `one ${column}`,
    columns: [{ name: column, text }],
    reads: [],
    text: { reads: [], fill: () => "" },
    query: () => `SELECT 1 AS ${column}`,
  });
  const made = async () => (await dataset.table("v").getMetadata())[0] as Metadata & { view: object };
  await ensureView(dataset, view("a", "first"), "local-test.d");
  await ensureView(dataset, view("b", "second"), "local-test.d");
  expect(await made()).toMatchObject({
    description: "one b",
    view: { query: "SELECT 1 AS b" },
    schema: { fields: [{ name: "b", type: "INTEGER", description: "second" }] },
  });
  await ensureView(dataset, view("b", "third"), "local-test.d");
  expect((await made()).schema.fields).toMatchObject([{ name: "b", type: "INTEGER", description: "third" }]);
});

test("two at once make one table, and a column that is new in the file is added", async () => {
  const dataset = await local.dataset();
  const whole = registry.unregistered;
  const spec = tableSpec({ ...whole, columns: whole.columns.slice(0, -1) });
  const tables = tablesOf(dataset, 20_000);
  await Promise.all([ensureTable(tables, spec, systemClock), ensureTable(tables, spec, systemClock)]);
  await ensureTable(tables, tableSpec(whole), systemClock);
  const [made] = await dataset.table(whole.table).getMetadata();
  expect((made as Metadata).schema.fields).toEqual(whole.columns);
});
