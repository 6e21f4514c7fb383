/** Tables and views against their files: what the next load meets, and the next count of a day. */
import { join } from "node:path";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import type { TableSettings } from "#services/shared/gcp/look/dataset.ts";
import type { TableSpec } from "#services/shared/ports.ts";
import { loadRollups, ROLLED_UP, rollupTables } from "#services/shared/rollup/rollups.ts";
import { allTables } from "#services/shared/schema/all-tables.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import { missing } from "./advice.ts";
import type { Finding, Part } from "./check.ts";
import { compareColumns } from "./compare-columns.ts";
import type { Exam } from "./exam.ts";
import { expirationFindings } from "./expirations.ts";
import { countedMeaning, LOADED, type TableMeaning } from "./table-meanings.ts";

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
  const rollups = loadRollups(registry, folder);
  const specs = allTables(registry, rollups);
  const counted = new Set(rollupTables(rollups).map(({ name }) => name));
  const isNoted = listed.has(ROLLED_UP.name);
  const meaningOf = ({ name }: TableSpec) =>
    counted.has(name) ? countedMeaning(name, isNoted, deployment) : LOADED;
  const there = specs.filter(({ name }) => listed.has(name));
  const looked = await inTurns(there, async (spec) => ({ spec, table: await warehouse.table(spec.name) }));
  // Somebody may have dropped it since the list; the next run says so.
  const met = looked.flatMap(({ spec, table }) => (table === undefined ? [] : [{ spec, table }]));
  const wrong = met.flatMap(({ spec, table }) => tableFindings(spec, table, meaningOf(spec)));
  const absent = specs.filter(({ name }) => !listed.has(name));
  const tables: Finding[] = [...wrong, ...absentTables(absent, meaningOf, specs.length)];
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

function tableFindings(spec: TableSpec, table: TableSettings, meaning: TableMeaning): readonly Finding[] {
  const what = `table ${spec.name}`;
  const differences = compareColumns(table.columns, spec.columns);
  const of = (kind: (typeof differences)[number]["kind"]) =>
    differences.filter((one) => one.kind === kind).map(({ path, detail }) => `${path} ${detail}`);
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, advice: string) =>
    findings.push({ verdict, what, found, advice });
  const [other, lacking, extra] = [of("other"), of("missing"), of("extra")];
  if (other.length > 0)
    add(meaning.other.verdict, `${shown(other)}: ${meaning.other.means}`, meaning.other.advice);
  if (lacking.length > 0) add("look", shown(lacking), meaning.lacking);
  if (extra.length > 0) add("look", shown(extra), "nothing to do, if somebody added it on purpose");
  if (spec.partitionColumn !== undefined && table.partitionColumn !== spec.partitionColumn)
    add(
      "look",
      `it is not partitioned by day on ${spec.partitionColumn}: ${meaning.unpartitioned.means}`,
      meaning.unpartitioned.advice,
    );
  return findings;
}

/** One finding for those to which the same is to be done. */
function absentTables(
  absent: readonly TableSpec[],
  meaningOf: (spec: TableSpec) => TableMeaning,
  all: number,
): readonly Finding[] {
  const byAdvice = Map.groupBy(absent, (spec) => meaningOf(spec).absent);
  return [...byAdvice].map(([advice, specs]) => ({
    verdict: "look",
    what: "tables",
    found: `${specs.length} of ${all} are not there: ${shown(specs.map(({ name }) => name))}`,
    advice,
  }));
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
