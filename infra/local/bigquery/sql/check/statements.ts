/** Every statement of the project, analysed by GoogleSQL's own analyser with the project's tables and views as its catalog. */
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { stagedColumns } from "#services/cli/forget/redact-rows.ts";
import { candidateRows, countMatches, holdsText } from "#services/cli/forget/statements.ts";
import { otherIdentities } from "#services/cli/import/imported-before.ts";
import { misplacedEvents, wantedKeys, withoutRowIn } from "#services/cli/prove/key-statements.ts";
import { bookedObjects, loadedTables, rowsOfLoads } from "#services/cli/prove/statements.ts";
import { fillStatement, waitingStatement } from "#services/cli/replay/fill-columns.ts";
import { leavesOf } from "#services/cli/replay/in-extra.ts";
import { removeStatement } from "#services/cli/replay/move.ts";
import { bookStatement } from "#services/loader/books.ts";
import { ROWS } from "#services/loader/inline-rows.ts";
import { mergeStatement, timeCondition } from "#services/loader/merge.ts";
import {
  type Bounds,
  boundedStatement,
  rollupStatement,
  type Span,
} from "#services/shared/rollup/bounded.ts";
import { daysStatement, noteStatement, uncountStatement } from "#services/shared/rollup/days.ts";
import { loadRollups, ROLLED_UP, rollupTables } from "#services/shared/rollup/rollups.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { keyOf, SENDER_KEY } from "#services/shared/schema/key.ts";
import { loadRegistry, type Registry } from "#services/shared/schema/registry.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import type { Times } from "#services/shared/times.ts";
import { costQuestions } from "./cost-statements.ts";
import type { ColumnType, ScalarKind, Column as TypedColumn } from "./values.ts";
import type { CatalogTable, ZetaSql } from "./zetasql.ts";

/** Statements name their tables in full, within backticks, or leave the dataset to the query's default. */
const DATASET = "project.dataset";

export interface Analysed {
  readonly name: string;
  /** Why GoogleSQL does not take it, or what it makes of it that is not as documented; empty when all is well. */
  readonly fault: string;
}

/** Views in their order, since a later one reads the columns that GoogleSQL found for an earlier one. */
export async function analyseStatements(zetaSql: ZetaSql): Promise<readonly Analysed[]> {
  const registry = loadRegistry();
  const tables: CatalogTable[] = [
    ...[...registry.tables.values()].map(({ table, columns }) => ({ name: table, columns })),
    registry.loads,
    ...[...registry.tables.values()].map(({ table, columns }) => ({
      name: `forget_${table}`,
      columns: stagedColumns(SENDER_KEY, columns.filter(holdsText)),
    })),
  ].flatMap(({ name, columns }) => underBothNames(name, columns.map(typed)));
  const analysed: Analysed[] = [];
  const note = async (name: string, work: () => Promise<string>) => {
    const fault = await work().catch((error: unknown) => (error as Error).message);
    analysed.push({ name, fault });
  };
  for (const view of loadViews(registry)) {
    await note(`view ${view.name}`, async () => {
      const columns = await zetaSql.analyze(view.query(DATASET), tables, []);
      tables.push(...underBothNames(view.name, columns));
      const [found, documented] = [columns, view.columns].map((list) =>
        list.map(({ name }) => name).join(", "),
      );
      return found === documented ? "" : `its columns are ${found}, described are ${documented}`;
    });
  }
  const rollups = loadRollups(registry);
  tables.push(
    ...rollupTables(rollups).flatMap(({ name, columns }) => underBothNames(name, columns.map(typed))),
  );
  for (const { name, sql, parameters } of loadQuestions()) {
    const types = parameters.map((parameter) => ({ name: parameter.name, type: { kind: parameter.type } }));
    for (const [how, bounds] of Object.entries(BOUNDS)) {
      await note(`question ${name}, ${how}`, async () => {
        await zetaSql.analyze(boundedStatement(sql, rollups, DATASET, bounds), tables, types);
        return "";
      });
    }
  }
  for (const rollup of rollups.all) {
    const { name, columns } = rollup.table;
    await note(`rollup ${name}`, async () => {
      const sql = rollupStatement(rollup, rollups, DATASET, SPAN);
      await zetaSql.analyze(sql, tables, []);
      // What MERGE inserts must have the columns' types, which the analyser of a query tells.
      const found = await zetaSql.analyze(sourceOf(sql), tables, []);
      const [made, described] = [found, columns.map(typed)].map((list) => JSON.stringify(list));
      return made === described ? "" : `it makes ${made}, described are ${described}`;
    });
  }
  await note("days that are rolled up", async () => {
    await zetaSql.analyze(daysStatement(rollups, DATASET, SPAN, SPAN.to), tables, []);
    return "";
  });
  await note("a day is noted", async () => {
    const noted = noteStatement(rollups, DATASET, [
      { day: "2026-11-20", loads: 1, counted: null, rows: 1, fresh: 1 },
    ]);
    const columns = await zetaSql.analyze(noted.slice(noted.indexOf("SELECT")), tables, []);
    return columns.length === ROLLED_UP.columns.length ? "" : `it has ${columns.length} columns`;
  });
  await note("a day is uncounted", async () => {
    const name = `\`${DATASET}.${ROLLED_UP.name}\``;
    await zetaSql.analyze(asQuery(uncountStatement(name, SPAN)), tables, []);
    return "";
  });
  const times: Times = {
    ranges: [
      ["1999-12-31T23:59:59.000000Z", "2000-01-01T00:00:00.000000Z"],
      ["2026-11-20T00:00:00.000000Z", "2026-11-20T01:00:00.000000Z"],
    ],
    untimed: true,
  };
  for (const table of registry.tables.values()) {
    const name = `\`${DATASET}.${table.table}\``;
    await note(`merge into ${table.table}`, async () => {
      const { columns } = table;
      const key = keyOf(table.type);
      const source = { staging: name, stagedRows: 3 };
      await zetaSql.analyze(mergeStatement({ target: name, source, columns, key, times }), tables, []);
      return "";
    });
    await note(`merge rows of a parameter into ${table.table}`, async () => {
      const { columns } = table;
      const key = keyOf(table.type);
      const merge = mergeStatement({ target: name, source: "parameter", columns, key, times });
      await zetaSql.analyze(merge, tables, texts(ROWS));
      return "";
    });
  }
  for (const { name, sql } of repairs(registry, times)) {
    await note(name, async () => {
      await zetaSql.analyze(asQuery(sql), tables, texts("type", "source", "candidate"));
      return "";
    });
  }
  const loads = `\`${DATASET}.${registry.loads.name}\``;
  await note("booking", async () => {
    const book = [{ name: "book", type: { kind: "STRING" as const } }];
    const sql = bookStatement(loads, registry.loads.columns);
    // The analyser is not built for INSERT; what is inserted is a query.
    const columns = await zetaSql.analyze(sql.slice(sql.indexOf("SELECT")), tables, book);
    return columns.length === registry.loads.columns.length ? "" : `it has ${columns.length} columns`;
  });
  for (const { name, sql, parameters = {} } of proofQuestions(registry)) {
    const types = Object.entries(parameters).map(([parameter, { type }]) => ({
      name: parameter,
      type: { kind: type as ScalarKind },
    }));
    await note(`proof, ${name}`, async () => {
      await zetaSql.analyze(sql, tables, types);
      return "";
    });
  }
  for (const { name, sql, parameters = {}, reads } of costQuestions()) {
    const types = Object.entries(parameters).map(([parameter, { type }]) => ({
      name: parameter,
      type: { kind: type as ScalarKind },
    }));
    await note(`cost, ${name}`, async () => {
      await zetaSql.analyze(sql, [...tables, ...reads], types);
      return "";
    });
  }
  return analysed;
}

const DAY_MS = 86_400_000;
const SPAN: Span = { from: Date.UTC(2026, 10, 20), to: Date.UTC(2026, 10, 21) };
/** As a question may be asked: of days that are all, or none, or in part rolled up, with parts of days at both ends. */
const BOUNDS: Readonly<Record<string, Bounds>> = {
  "from events": { span: SPAN, history: SPAN.from - 2 * DAY_MS, rolledUp: new Set() },
  "from rollups": { span: SPAN, history: SPAN.from, rolledUp: new Set(["2026-11-20"]) },
  "from both": {
    span: { from: SPAN.from - 1.5 * DAY_MS, to: SPAN.to + 0.5 * DAY_MS },
    history: SPAN.from - 3 * DAY_MS,
    rolledUp: new Set(["2026-11-18", "2026-11-20"]),
  },
};

/** The query between USING and ON. */
function sourceOf(merge: string): string {
  return merge.slice(merge.indexOf("USING (") + "USING (".length, merge.lastIndexOf(") S\nON FALSE"));
}

const texts = (...names: string[]) => names.map((name) => ({ name, type: { kind: "STRING" as const } }));

/** The analyser is not built for UPDATE and DELETE; what they set and whom they meet is a query. */
function asQuery(sql: string): string {
  return sql
    .replace(/^DELETE FROM/, "SELECT 1 FROM")
    .replace(/^UPDATE (\S+)\nSET \S+ = ([\s\S]*?)\nWHERE/, "SELECT $2 FROM $1 WHERE");
}

/** What `pullhouse replay` and `forget` change, and what `import` asks, of the table of every type. */
function repairs({ tables, unregistered }: Registry, times: Times) {
  const quoted = (table: string) => `\`${DATASET}.${table}\``;
  return [...tables.values()].flatMap((table) => {
    const name = quoted(table.table);
    const leaves = leavesOf(table.own);
    return [
      {
        name: `remove moved rows of ${table.table}`,
        sql: removeStatement(quoted(unregistered.table), name, times),
      },
      { name: `imported before into ${table.table}`, sql: otherIdentities(name) },
      {
        name: `candidates in ${table.table}`,
        sql: candidateRows(name, table.columns, [...SENDER_KEY, "extra"]),
      },
      {
        name: `matches in ${table.table}`,
        sql: countMatches({
          target: name,
          staging: quoted(`forget_${table.table}`),
          key: SENDER_KEY,
          range: timeCondition("T", times),
        }),
      },
      ...(leaves.length === 0
        ? []
        : [{ name: `fields waiting in ${table.table}`, sql: waitingStatement(name, table, leaves) }]),
      ...leaves.map((leaf) => ({
        name: `fill ${table.table}.${leaf.path.join(".")}`,
        sql: fillStatement(name, table, leaf),
      })),
    ];
  });
}

/** What `pullhouse prove` asks, of the one table that every deployment has. */
function proofQuestions({ unregistered: { type, table: name }, rejected }: Registry) {
  const period = { since: 0, until: 1, type };
  const time = "2026-11-20T00:00:00.000000Z";
  const table = { type, name, low: time, high: time, untimed: 1 };
  const wanted = wantedKeys([]);
  const where = { table: name, key: keyOf(type), others: [rejected.table], times: table, keptSince: 0 };
  return [
    { name: "objects", ...bookedObjects("", period) },
    { name: "tables", ...loadedTables("", period) },
    { name: "rows", ...rowsOfLoads("", period, table, 0) },
    { name: "keys", ...misplacedEvents("", wanted, where) },
    { name: "keys moved", ...misplacedEvents("", withoutRowIn(name, wanted, table, type), where) },
  ];
}

function underBothNames(name: string, columns: readonly TypedColumn[]): CatalogTable[] {
  return [name, `${DATASET}.${name}`].map((each) => ({ name: each, columns }));
}

/** GoogleSQL's names for those that the API has of its own. */
const KINDS: Partial<Record<Column["type"], ScalarKind>> = {
  INTEGER: "INT64",
  FLOAT: "FLOAT64",
  BOOLEAN: "BOOL",
};

function typed({ name, type, mode, fields }: Column): TypedColumn {
  const element: ColumnType =
    type === "RECORD"
      ? { kind: "STRUCT", fields: (fields ?? []).map(typed) }
      : { kind: KINDS[type] ?? (type as ScalarKind) };
  return { name, type: mode === "REPEATED" ? { kind: "ARRAY", element } : element };
}
