/** Finds data that exists and is not in the state, and writes the `import` blocks by which Terraform takes it over. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Deployment, resourcesOf } from "./deployment.ts";
import { divide, type Resources } from "./keep.ts";
import type { State } from "./state-json.ts";
import type { Tools } from "./tools.ts";

/** Beside cdk.tf.json; Terraform reads every file of the folder. */
export const IMPORTS_FILE = "imports.tf.json";

/** https://developer.hashicorp.com/terraform/language/import */
interface Import {
  readonly to: string;
  readonly id: string;
}

/** A resource of the stack that is not in the state. */
interface Missing {
  readonly address: string;
  readonly body: Resources[string][string];
}

/** Of an earlier deployment whose state is lost, of Chainguard's example, or of a destruction that left the data. */
export async function takeOverExisting(deployment: Deployment, state: State): Promise<void> {
  const { config, terraform, tools } = deployment;
  const file = join(terraform.folder, IMPORTS_FILE);
  rmSync(file, { force: true });
  const resources = resourcesOf(deployment);
  const missing = missingOf(resources, state);
  const found = [
    ...(await findListed(missing, config.project, tools)),
    ...(await findInBigQuery(missing, resources, config.project, tools)),
  ];
  if (found.length === 0) return;
  tools.say(`  ${found.length} exist already and are not in the state: they are taken over as they are`);
  writeFileSync(file, JSON.stringify({ import: found }, undefined, 2));
}

/** @returns by type what holds data, and what is lacking in the state */
function missingOf(resources: Resources, state: State): ReadonlyMap<string, readonly Missing[]> {
  const data = new Set(divide(resources).kept);
  return new Map(
    Object.entries(resources).map(([type, byName]) => [
      type,
      Object.entries(byName)
        .map(([name, body]) => ({ address: `${type}.${name}`, body }))
        .filter(({ address }) => data.has(address) && !state.resources.has(address)),
    ]),
  );
}

/** The formats of ids are under "Import" of each resource: https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs */
const LISTED = [
  {
    type: "google_storage_bucket",
    list: ["storage", "buckets", "list"],
    id: (project: string, name: string) => `${project}/${name}`,
  },
  {
    type: "google_pubsub_topic",
    list: ["pubsub", "topics", "list"],
    id: (project: string, name: string) => `projects/${project}/topics/${name}`,
  },
  {
    type: "google_pubsub_subscription",
    list: ["pubsub", "subscriptions", "list"],
    id: (project: string, name: string) => `projects/${project}/subscriptions/${name}`,
  },
] as const;

async function findListed(
  missing: ReadonlyMap<string, readonly Missing[]>,
  project: string,
  { ask }: Pick<Tools, "ask">,
): Promise<readonly Import[]> {
  const found = await Promise.all(
    LISTED.map(async ({ type, list, id }) => {
      const wanted = missing.get(type) ?? [];
      if (wanted.length === 0) return [];
      const text = await ask("gcloud", ...list, `--project=${project}`, "--format=value(name)", "--quiet");
      // Pub/Sub's names are paths.
      const names = new Set(text?.split("\n").map((name) => name.split("/").at(-1)));
      return wanted.flatMap(({ address, body }) => {
        const name = String(body["name"]);
        return names.has(name) ? [{ to: address, id: id(project, name) }] : [];
      });
    }),
  );
  return found.flat();
}

async function findInBigQuery(
  missing: ReadonlyMap<string, readonly Missing[]>,
  resources: Resources,
  project: string,
  { ask }: Pick<Tools, "ask">,
): Promise<readonly Import[]> {
  const datasets = missing.get("google_bigquery_dataset") ?? [];
  const tables = missing.get("google_bigquery_table") ?? [];
  const datasetOf = ({ body }: Missing) => {
    const [, name = ""] = /google_bigquery_dataset\.([\w-]+)/.exec(String(body["dataset_id"])) ?? [];
    return String(resources["google_bigquery_dataset"]?.[name]?.["dataset_id"] ?? body["dataset_id"]);
  };
  const names = new Set([...datasets, ...tables].map(datasetOf));
  const found = await Promise.all(
    [...names].map(async (dataset) => {
      const there = await tablesOf(`${project}:${dataset}`, ask);
      if (there === undefined) return [];
      const id = `projects/${project}/datasets/${dataset}`;
      const itself = datasets.filter((wanted) => datasetOf(wanted) === dataset);
      const within = tables.filter(
        (wanted) => datasetOf(wanted) === dataset && there.has(String(wanted.body["table_id"])),
      );
      return [
        ...itself.map(({ address }) => ({ to: address, id })),
        ...within.map(({ address, body }) => ({
          to: address,
          id: `${id}/tables/${String(body["table_id"])}`,
        })),
      ];
    }),
  );
  return found.flat();
}

const listing = z.array(z.object({ tableReference: z.object({ tableId: z.string() }) }));

/** @returns names of tables and views; `undefined` when there is no such dataset, or it cannot be listed */
async function tablesOf(dataset: string, ask: Tools["ask"]): Promise<ReadonlySet<string> | undefined> {
  const text = await ask("bq", "--format=json", "--quiet", "ls", "--max_results=10000", dataset);
  if (text === undefined) return undefined;
  const tables = listing.parse(text === "" ? [] : JSON.parse(text));
  return new Set(tables.map(({ tableReference }) => tableReference.tableId));
}
