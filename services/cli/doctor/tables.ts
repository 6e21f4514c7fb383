/** Tables and views against the schema files: what the next load meets. */
import { join } from "node:path";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import type { TableSettings } from "#services/shared/gcp/look/dataset.ts";
import type { TableSpec } from "#services/shared/ports.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import { missing } from "./advice.ts";
import type { Finding, Part } from "./check.ts";
import { compareColumns } from "./compare-columns.ts";
import type { Exam } from "./exam.ts";
import { expirationFindings } from "./expirations.ts";

/** BigQuery takes a hundred requests a second of one user (https://cloud.google.com/bigquery/quotas#api_request_quotas). */
const LOOKS_AT_ONCE = 10;
const NAMES_SHOWN = 5;

export function tableParts(exam: Exam): readonly Part[] {
  const what = `dataset ${exam.deployment.dataset}`;
  return [{ what, look: () => dataset(exam, what) }];
}

async function dataset(exam: Exam, what: string): Promise<readonly Finding[]> {
  const { warehouse, deployment, variables } = exam;
  const settings = await warehouse.settings();
  if (settings === undefined) {
    const advice = missing(deployment, "BIGQUERY_DATASET");
    return [{ verdict: "broken", what, found: "there is no such dataset: nothing can be loaded", advice }];
  }
  const folder = readSchemasFolder(new EnvReader(variables));
  const registry = loadRegistry(folder);
  const listed = new Map(((await warehouse.tables()) ?? []).map(({ name, type }) => [name, type]));
  const specs = [...[...registry.tables.values()].map(tableSpec), registry.loads];
  const there = specs.filter(({ name }) => listed.has(name));
  const looked = await inTurns(there, async (spec) => ({ spec, table: await warehouse.table(spec.name) }));
  // Somebody may have dropped it since the list; the next run says so.
  const met = looked.flatMap(({ spec, table }) => (table === undefined ? [] : [{ spec, table }]));
  const wrong = met.flatMap(({ spec, table }) => tableFindings(spec, table));
  const absent = specs.filter(({ name }) => !listed.has(name)).map(({ name }) => name);
  const tables: Finding[] = [...wrong, ...(absent.length === 0 ? [] : [absentTables(absent, specs.length)])];
  const right: Finding = {
    verdict: "ok",
    what,
    found: `in ${settings.location}, ${there.length} tables as their schema files say`,
  };
  const views = loadViews(registry, join(folder, "views"));
  const qualified = `${deployment.project}.${deployment.dataset}`;
  const stale = (
    await inTurns(views, async (view) => {
      if (!listed.has(view.name)) return `${view.name} is missing`;
      const found = await warehouse.table(view.name);
      return found?.query === view.query(qualified) ? [] : `${view.name} has another text`;
    })
  ).flat();
  return [
    ...(tables.length === 0 ? [right] : tables),
    ...expirationFindings(what, met),
    stale.length === 0
      ? { verdict: "ok", what: "views", found: `all ${views.length} as their files say` }
      : { verdict: "look", what: "views", found: shown(stale), advice: viewAdvice(deployment.isLocal) },
  ];
}

function tableFindings(spec: TableSpec, table: TableSettings): readonly Finding[] {
  const what = `table ${spec.name}`;
  const differences = compareColumns(table.columns, spec.columns);
  const of = (kind: (typeof differences)[number]["kind"]) =>
    differences.filter((one) => one.kind === kind).map(({ path, detail }) => `${path} ${detail}`);
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, advice: string) =>
    findings.push({ verdict, what, found, advice });
  const [other, lacking, extra] = [of("other"), of("missing"), of("extra")];
  if (other.length > 0)
    add(
      "broken",
      `${shown(other)}: its loads are refused, and their objects wait`,
      "change the schema file back to the table's, or copy the rows into a table of the right kind",
    );
  if (lacking.length > 0)
    add(
      "look",
      shown(lacking),
      "the next load of its type adds it; views and questions that read it fail until then",
    );
  if (extra.length > 0) add("look", shown(extra), "nothing to do, if somebody added it on purpose");
  if (spec.partitionColumn !== undefined && table.partitionColumn !== spec.partitionColumn)
    add(
      "look",
      `it is not partitioned by day on ${spec.partitionColumn}: every query and MERGE reads all of it`,
      "partitions cannot be added: copy it into a new table that has them (docs/replay.md)",
    );
  return findings;
}

function absentTables(absent: readonly string[], all: number): Finding {
  return {
    verdict: "look",
    what: "tables",
    found: `${absent.length} of ${all} are not there: ${shown(absent)}`,
    advice: "the loader creates one with its first event; views that read it fail until then",
  };
}

function viewAdvice(isLocal: boolean): string {
  return isLocal ? "start `make up` again: it writes them" : "`make deploy` writes them";
}

function shown(texts: readonly string[]): string {
  const more = texts.length - NAMES_SHOWN;
  return `${texts.slice(0, NAMES_SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** A few at a time, in order. */
async function inTurns<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += LOOKS_AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + LOOKS_AT_ONCE).map(look))));
  return results;
}
