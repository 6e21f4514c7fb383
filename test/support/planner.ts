/** What a statement reads, as DuckDB plans its translation over empty tables: which days of which tables, and which fields. */
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { columnDefinition } from "#infra/local/bigquery/schema/duckdb-types.ts";
import { MACROS } from "#infra/local/bigquery/sql/macros.ts";
import { translate } from "#infra/local/bigquery/sql/translate.ts";
import type { TableSpec } from "#services/shared/ports.ts";
import { type Rollups, rollupTables } from "#services/shared/rollup/rollups.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { loadViews } from "#services/shared/schema/views.ts";

export const PROJECT = "p";
export const DATASET = "events";

/** Milliseconds since the epoch, `to` excluded. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A table where a statement names it. */
export interface Scan {
  readonly table: string;
  /**
   * Of its partition column, by the condition that stands beside the table and nowhere else. `untimed` is the partition of the rows
   * without a time, with bounds on the time that stands for it. `undefined`: not bounded by constants on both sides.
   */
  readonly bounds: readonly Interval[] | "untimed" | undefined;
}

/** A table as often as it is read, with the leaves of the fields that are needed: `body.repository`. */
export interface Reading {
  readonly table: string;
  readonly leaves: readonly string[];
  readonly bounds: readonly Interval[] | "untimed" | undefined;
  /** A query of a WITH clause is read where it is named. */
  readonly times: number;
}

export interface Plan {
  /** Before anything is moved: what the statement itself promises. */
  readonly scans: readonly Scan[];
  /** With the conditions where they are applied and the fields that remain. */
  readonly readings: readonly Reading[];
}

export interface Planner {
  plan(sql: string, parameters?: Parameters): Promise<Plan>;
  readonly specs: ReadonlyMap<string, TableSpec>;
  close(): void;
}

type Parameters = Readonly<Record<string, { readonly type: string; readonly value: string }>>;

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, string | readonly string[]>>;
}

const DAY_MS = 86_400_000;
/** BigQuery's first TIMESTAMP: nothing is before it. */
const FIRST_OF_ALL = Date.parse("0001-01-01T00:00:00Z");

/** They would fold conditions to nothing because the tables are empty, or make one of two equal readings. */
const DISABLED = "statistics_propagation,empty_result_pullup,compressed_materialization,common_subplan";

export async function openPlanner(registry: Registry, rollups: Rollups): Promise<Planner> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(MACROS.join(";\n"));
  await connection.run(
    `SET TimeZone = 'UTC'; CREATE SCHEMA ${DATASET}; SET disabled_optimizers = '${DISABLED}'; PRAGMA explain_output = 'all'`,
  );
  const tables = [...[...registry.tables.values()].map(tableSpec), registry.loads, ...rollupTables(rollups)];
  for (const { name, columns } of tables)
    await connection.run(`CREATE TABLE ${DATASET}."${name}" (${columns.map(columnDefinition).join(", ")})`);
  for (const view of loadViews(registry)) {
    const { sql } = await translated(view.query(`${PROJECT}.${DATASET}`));
    await connection.run(`CREATE VIEW ${DATASET}."${view.name}" AS ${sql}`);
  }
  const specs = new Map(tables.map((table) => [table.name, table]));
  return {
    specs,
    async plan(sql, parameters = {}) {
      const { written, applied } = await plansOf(connection, sql, parameters);
      return { scans: scansOf(written, specs), readings: readingsOf(applied, specs, unnestedIn(written)) };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function translated(sql: string, parameters: Parameters = {}) {
  return translate(sql, {
    defaultProject: PROJECT,
    defaultDataset: DATASET,
    parameters: Object.entries(parameters).map(([name, { type }]) => ({ name, type })),
    jsonColumns: ["extra"],
  });
}

/** As the statement is written, and as it would run. */
async function plansOf(
  connection: DuckDBConnection,
  googleSql: string,
  parameters: Parameters,
): Promise<{ written: PlanNode; applied: PlanNode }> {
  const { sql, parameters: used } = await translated(googleSql, parameters);
  const values = Object.fromEntries(
    used.map((name): [string, DuckDBValue] => {
      const { type, value } = parameters[name] ?? { type: "STRING", value: "" };
      return [name, type === "INT64" ? BigInt(value) : value];
    }),
  );
  const rows = (await connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${sql}`, values)).getRows();
  const plan = (which: string): PlanNode => {
    const text = rows.find(([name]) => name === which)?.[1];
    if (typeof text !== "string") throw new Error(`DuckDB explains no ${which}`);
    const [root] = JSON.parse(text) as readonly PlanNode[];
    if (root === undefined) throw new Error(`DuckDB's ${which} is empty`);
    return root;
  };
  return { written: plan("logical_plan"), applied: plan("physical_plan") };
}

function tableOf({ extra_info: info }: PlanNode): string | undefined {
  const table = info["Table"];
  return typeof table === "string" ? table.split(".").at(-1) : undefined;
}

function texts({ extra_info: info }: PlanNode, key: string): readonly string[] {
  const value = info[key];
  return value === undefined || value === "" ? [] : typeof value === "string" ? [value] : value;
}

function scansOf(root: PlanNode, specs: ReadonlyMap<string, TableSpec>): readonly Scan[] {
  return [...withPath(root)].flatMap(({ node, path }): Scan[] => {
    const table = tableOf(node);
    if (table === undefined) return [];
    const parent = path.at(-1);
    const conditions = parent?.name === "FILTER" ? texts(parent, "Expressions") : [];
    return [{ table, bounds: boundsOf(conditions, specs.get(table)?.partitionColumn) }];
  });
}

function readingsOf(
  root: PlanNode,
  specs: ReadonlyMap<string, TableSpec>,
  unnested: readonly string[],
): readonly Reading[] {
  const nodes = [...withPath(root)];
  // A query that is named twice is planned once; whoever names it reads it.
  const named = (index: string): number =>
    nodes
      .filter(({ node }) => node.name === "CTE_SCAN" && node.extra_info["CTE Index"] === index)
      .reduce((sum, { path }) => sum + timesOf(path), 0);
  const timesOf = (path: readonly PlanNode[]): number => {
    const definition = path.findLast((node, at) => node.name === "CTE" && node.children[0] === path[at + 1]);
    return definition === undefined ? 1 : named(String(definition.extra_info["Table Index"]));
  };
  return nodes.flatMap(({ node, path }): Reading[] => {
    const table = tableOf(node);
    const spec = table === undefined ? undefined : specs.get(table);
    if (spec === undefined) return [];
    const conditions = texts(node, "Filters");
    const filtered = spec.columns
      .map(({ name }) => name)
      .filter((name) => conditions.some((one) => new RegExp(`(?<![\\w.'])${name}(?![\\w'.(])`).test(one)));
    const projected = texts(node, "Projections").flatMap((leaf) => narrowed(leaf, path, unnested));
    const leaves = [...new Set([...projected, ...filtered])];
    const bounds = boundsOf(conditions, spec.partitionColumn);
    return [{ table: spec.name, leaves, bounds, times: timesOf([...path, node]) }];
  });
}

function* withPath(
  node: PlanNode,
  path: readonly PlanNode[] = [],
): Iterable<{ node: PlanNode; path: readonly PlanNode[] }> {
  yield { node, path };
  for (const child of node.children) yield* withPath(child, [...path, node]);
}

/** DuckDB joins the rows of an UNNEST to whole columns: what is needed of those is what the statement unnests. */
function narrowed(column: string, path: readonly PlanNode[], unnested: readonly string[]): readonly string[] {
  if (!path.some(({ name }) => name.endsWith("DELIM_JOIN"))) return [column];
  const taken = unnested.filter((leaf) => leaf.startsWith(`${column}.`));
  return taken.length === 0 ? [column] : taken;
}

function unnestedIn(root: PlanNode): readonly string[] {
  const all = [...withPath(root)].flatMap(({ node }) => texts(node, "Expressions"));
  return all.flatMap((text) => {
    const [, column, field] = /^UNNEST\(struct_extract\((\w+), '([^']+)'\)\)$/.exec(text) ?? [];
    return column === undefined ? [] : `${column}.${field}`;
  });
}

/** @param conditions all of which hold */
function boundsOf(conditions: readonly string[], column: string | undefined): Scan["bounds"] {
  const all = conditions.flatMap((one) => split(one, " AND "));
  if (column === undefined) return undefined;
  if (all.some((one) => one === `${column} IS NULL`))
    return standIns(all).some((time) => intervalsOf(all, time) !== undefined) ? "untimed" : undefined;
  return intervalsOf(all, column);
}

const COMPARISON =
  /^(.+?) ?(>=|<=|<|>|=) ?(?:CAST\('([^']+)' AS (TIMESTAMP WITH TIME ZONE|DATE)\)|'([^']+)'::(TIMESTAMP WITH TIME ZONE|DATE))$/;

/** What is compared with constants. */
function standIns(conditions: readonly string[]): readonly string[] {
  const found = conditions.flatMap((one) => {
    const alternatives = split(one, " OR ");
    if (alternatives.length > 1) return standIns(alternatives.flatMap((each) => split(each, " AND ")));
    return COMPARISON.exec(one)?.[1] ?? [];
  });
  return [...new Set(found)];
}

function intervalsOf(conditions: readonly string[], column: string): readonly Interval[] | undefined {
  let from: number | undefined;
  let to: number | undefined;
  let alternatives: readonly Interval[] | undefined;
  for (const condition of conditions) {
    const branches = split(condition, " OR ");
    if (branches.length > 1) {
      const each = branches.map((branch) => intervalsOf(split(branch, " AND "), column));
      if (each.every((one) => one !== undefined)) alternatives = each.flat();
      continue;
    }
    const [, left, sign, first, firstType, second, secondType] = COMPARISON.exec(condition) ?? [];
    if (left !== column) continue;
    // A date's end is the end of its day.
    const step = (firstType ?? secondType) === "DATE" ? DAY_MS : 1;
    const at = Date.parse((first ?? second ?? "").replace(" ", "T").replace(/\+00$/, "Z"));
    if (sign !== "<" && sign !== "<=") from = Math.max(from ?? -Infinity, sign === ">" ? at + step : at);
    if (sign !== ">" && sign !== ">=") to = Math.min(to ?? Infinity, sign === "<" ? at : at + step);
  }
  if (to !== undefined && to <= FIRST_OF_ALL) return [];
  return from !== undefined && to !== undefined ? [{ from, to }] : alternatives;
}

/** The parts of a condition without the parentheses around them; one part where it has no such operator. */
function split(condition: string, operator: " AND " | " OR "): readonly string[] {
  const text = unwrapped(condition);
  const parts: string[] = [];
  let start = 0;
  for (const [at, depth] of depths(text)) {
    if (depth > 0 || !text.startsWith(operator, at)) continue;
    parts.push(text.slice(start, at));
    start = at + operator.length;
  }
  parts.push(text.slice(start));
  return parts.length === 1 ? [text] : parts.flatMap((part) => split(part, operator));
}

function unwrapped(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("(")) return trimmed;
  for (const [at, depth] of depths(trimmed))
    if (depth === 0) return at === trimmed.length - 1 ? unwrapped(trimmed.slice(1, -1)) : trimmed;
  return trimmed;
}

/** Each place outside of texts, with the parentheses that are open behind it. */
function* depths(text: string): Iterable<readonly [at: number, depth: number]> {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "'") isText = !isText;
    if (isText) continue;
    if (character === "(") depth++;
    if (character === ")") depth--;
    yield [at, depth];
  }
}
