/** The module's tables and views: a few resources over a data file, in place of one for each. */
import { BigqueryTable } from "@cdktf/provider-google/lib/bigquery-table/index.js";
import { TerraformIterator, Token } from "cdktf";
import type { TableSpec } from "../../../services/shared/ports.ts";
import type { View } from "../../../services/shared/schema/views.ts";
import { DAY_MS, type MakeTables } from "../warehouse.ts";
import { expression } from "./expressions.ts";

/** Stands for `project.dataset` in the queries of the file. */
const DATASET = "{dataset}";

interface TablesFile {
  readonly tables: Readonly<Record<string, object>>;
  /** BigQuery looks at what a view reads when it makes it: each level reads tables and levels before it. */
  readonly views: readonly Readonly<
    Record<string, { readonly description: string; readonly query: string }>
  >[];
}

export function tablesFile(specs: readonly TableSpec[], views: readonly View[]): TablesFile {
  const tables = specs.map(({ name, description, columns, partitionColumn, clustering }) => {
    const optional = { description, partition: partitionColumn, clustering };
    const filled = Object.entries(optional).map(([key, value]) => [key, value ?? null] as const);
    // Text, since the provider compares it so.
    return [name, { ...Object.fromEntries(filled), schema: JSON.stringify(columns) }] as const;
  });
  return { tables: Object.fromEntries(tables), views: levelsOf(views) };
}

function levelsOf(views: readonly View[]): TablesFile["views"] {
  const levelOf = new Map<string, number>();
  const levels: Record<string, { description: string; query: string }>[] = [];
  for (const view of views) {
    const level = Math.max(0, ...view.reads.map((name) => (levelOf.get(name) ?? -1) + 1));
    levelOf.set(view.name, level);
    levels[level] ??= {};
    levels[level][view.name] = { description: view.description, query: view.query(DATASET) };
  }
  return levels;
}

/** Reads the file in `local.tables` and `local.views`. */
export function tableSets(levels: number): MakeTables {
  return ({ stack, config, labels, terms }, dataset) => {
    const of = (list: string) => ({
      datasetId: dataset.datasetId,
      tableId: expression<string>("each.key"),
      labels,
      forEach: TerraformIterator.fromMap(Token.asStringMap(expression(list))),
      description: expression<string>("each.value.description"),
    });
    const tables = new BigqueryTable(stack, "tables", {
      ...of("local.tables"),
      schema: expression<string>("each.value.schema"),
      clustering: Token.asList(expression("each.value.clustering")),
      deletionProtection: config.deletionProtection,
    });
    const { rowsDeleteAfterDays: rows } = config.retention;
    tables.addOverride("dynamic.time_partitioning", {
      for_each: expression("each.value.partition == null ? [] : [each.value.partition]"),
      content: {
        type: "DAY",
        field: expression("time_partitioning.value"),
        expiration_ms: terms.times(rows ?? 0, DAY_MS),
      },
    });
    const views: BigqueryTable[] = [];
    for (let level = 0; level < levels; level++)
      views.push(
        new BigqueryTable(stack, `views-${level}`, {
          ...of(`local.views[${level}]`),
          view: {
            query: expression(`replace(each.value.query, "${DATASET}", local.place)`),
            useLegacySql: false,
          },
          deletionProtection: false,
          dependsOn: [tables, ...views],
        }),
      );
    return { tables: [tables], views };
  };
}
