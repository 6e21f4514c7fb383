/**
 * Statements that read no more days than they are about. GoogleSQL promises to skip a partition for a condition on the
 * partition's column with a constant, in the query that reads the table
 * (https://cloud.google.com/bigquery/docs/querying-partitioned-tables#use_a_constant_filter_expression). Nothing promises it for
 * a condition above a window function, or for an argument of a table function. So the days are written where the rows are read:
 * each view and each rollup of a statement becomes a query in its WITH clause.
 */
import { PipelineError } from "../errors.ts";
import type { SqlText } from "../schema/views.ts";
import type { Rollup, Rollups } from "./rollups.ts";

/** Milliseconds since the epoch, `to` excluded. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Bounds {
  readonly span: Span;
  /** Where what is compared with the past begins to be read, in rollups only; before `span.from`. */
  readonly history?: number;
  /** Days, as `2026-11-20`, whose rows the rollups have. */
  readonly rolledUp: ReadonlySet<string>;
}

const DAY_MS = 86_400_000;
/**
 * How far from a day the events may lie that are folded in it: `exact_time` is up to five minutes from the time that a partition is
 * chosen by, and what is asked for within a minute after midnight may belong to the day before.
 */
export const FOLD_MARGIN_MS = 10 * 60_000;
/** Views that a question may read: each row is of one moment. */
const READABLE = ["pulls", "pushes", "audit"];
/** Made from all requests of a day; for rollups only, which keep the result. */
const FOLDING = ["logical_pulls", "folded_requests"];
/** Rollups that a question compares with the past. */
const COMPARED = ["daily_identities", "daily_tags"];

const SOURCE = /\b(?:FROM|JOIN)\s+(`?)([A-Za-z_]\w*)\1(?=[\s,)]|$)/g;
const COMMENT = /--.*/g;
const BEGINS_WITH = /^((?:\s|--.*\n)*)WITH\s/;

/**
 * @param sql names views and rollups without their dataset
 * @param dataset `project.dataset`
 * @throws PipelineError SCHEMA_INVALID when it reads what cannot be bounded
 */
export function boundedStatement(sql: string, rollups: Rollups, dataset: string, bounds: Bounds): string {
  const own = new Set([...sql.matchAll(/\b(\w+) AS \(/g)].map(([, name]) => name));
  const names = [...sql.replaceAll(COMMENT, "").matchAll(SOURCE)].map(([, , name = ""]) => name);
  const { span, history = span.from, rolledUp } = bounds;
  const read = rollups.all
    .filter(({ table }) => names.includes(table.name))
    .map((rollup) => {
      const from = COMPARED.includes(rollup.table.name) ? history : span.from;
      return { rollup, ...divided({ from, to: span.to }, rolledUp) };
    });
  const live = new LiveViews(
    rollups,
    dataset,
    read.flatMap((one) => (isFolded(one.rollup) ? one.live : [])),
  );
  const queries: string[] = [];
  for (const name of new Set(names)) {
    const one = read.find(({ rollup }) => rollup.table.name === name);
    if (one !== undefined) queries.push(cte(name, rollupQuery(one, dataset, live)));
    else if (READABLE.includes(name)) queries.push(cte(name, live.view(name, [span])));
    else if (!own.has(name))
      throw new PipelineError(
        "SCHEMA_INVALID",
        "never",
        `${name} is no view or rollup that a question may read`,
      );
  }
  const all = [...live.queries, ...queries];
  if (all.length === 0) return sql;
  const [, before] = BEGINS_WITH.exec(sql) ?? [];
  return before === undefined
    ? `WITH\n${all.join(",\n")}\n${sql}`
    : `${before}WITH\n${all.join(",\n")},\n${sql.slice(before.length).replace(/^WITH\s/, "")}`;
}

/**
 * Counts the days of a span anew.
 * @param span whole days
 */
export function rollupStatement(
  { text, table }: Rollup,
  rollups: Rollups,
  dataset: string,
  span: Span,
): string {
  const live = new LiveViews(rollups, dataset, isFolded({ text }) ? [span] : []);
  const rows = live.rollup(text, [span]);
  const columns = table.columns.map(({ name }) => `\`${name}\``).join(", ");
  // One statement, so that nobody ever reads half a day
  // (https://cloud.google.com/bigquery/docs/using-dml-with-partitioned-tables#using_a_false_condition).
  return `MERGE \`${dataset}.${table.name}\` T
USING (
WITH
${live.queries.join(",\n")}
SELECT ${columns} FROM (
${rows}
)
) S
ON FALSE
WHEN NOT MATCHED BY SOURCE AND T.day BETWEEN ${days(span)} THEN DELETE
WHEN NOT MATCHED THEN INSERT (${columns}) VALUES (${table.columns.map(({ name }) => `S.\`${name}\``).join(", ")})`;
}

/** What of a span the rollups have, in whole days, and what has to be counted from the events. */
function divided(
  { from, to }: Span,
  rolledUp: ReadonlySet<string>,
): { readonly counted: readonly Span[]; readonly live: readonly Span[] } {
  const parts: Record<"counted" | "live", Span[]> = { counted: [], live: [] };
  for (let day = floorDay(from); day < to; day += DAY_MS) {
    const isWhole = day >= from && day + DAY_MS <= to;
    const part = parts[isWhole && rolledUp.has(dayOf(day)) ? "counted" : "live"];
    const last = part.at(-1);
    const end = Math.min(day + DAY_MS, to);
    if (last?.to === day) part[part.length - 1] = { from: last.from, to: end };
    else part.push({ from: Math.max(day, from), to: end });
  }
  return parts;
}

interface ReadRollup extends ReturnType<typeof divided> {
  readonly rollup: Rollup;
}

function rollupQuery(
  { rollup: { table, text }, counted, live }: ReadRollup,
  dataset: string,
  views: LiveViews,
): string {
  const columns = table.columns.map(({ name }) => name).join(", ");
  const parts: string[] = [];
  if (counted.length > 0) {
    const inDays = anyOf(counted.map((one) => `day BETWEEN ${days(one)}`));
    parts.push(`SELECT ${columns} FROM \`${dataset}.${table.name}\` WHERE ${inDays}`);
  }
  if (live.length > 0) parts.push(`SELECT ${columns} FROM (\n${views.rollup(text, live)}\n)`);
  return parts.join("\nUNION ALL\n");
}

const isFolded = ({ text }: Pick<Rollup, "text">) => text.reads.some((name) => FOLDING.includes(name));

/** The views that a statement reads of events, bounded. What is folded is folded once, for all that the statement reads. */
class LiveViews {
  readonly queries: string[] = [];
  readonly #rollups: Rollups;
  readonly #dataset: string;
  readonly #around: readonly Span[];
  readonly #made = new Map<string, string>();

  /** @param folded all spans whose requests are folded */
  constructor(rollups: Rollups, dataset: string, folded: readonly Span[]) {
    this.#rollups = rollups;
    this.#dataset = dataset;
    this.#around = foldSpans(folded);
  }

  /** The text of a rollup over the spans. */
  rollup(text: SqlText, spans: readonly Span[]): string {
    // Events are joined to the requests that they are folded to.
    const times = isFolded({ text }) ? this.#around : spans;
    return text.fill(
      (name) => this.#source(name, spans),
      (time) => timeCondition(time, times),
    );
  }

  /** The text of a view of moments over the spans. */
  view(name: string, spans: readonly Span[]): string {
    return this.#text(
      name,
      (table) => this.#table(table),
      (time) => timeCondition(time, spans),
    );
  }

  #source(name: string, spans: readonly Span[]): string {
    if (!this.#rollups.views.has(name)) return this.#table(name);
    return this.#named(`live_${name}`, spans, () => {
      if (name === "logical_pulls")
        return `SELECT * FROM ${this.#pulls()} WHERE ${timeCondition("started", spans)}`;
      if (name === "folded_requests") return `SELECT * FROM ${this.#folding()} WHERE ${foldCondition(spans)}`;
      if (name === "pulls" && this.#around.length > 0)
        return `SELECT * FROM ${this.#requests()} WHERE ${timeCondition("time", spans)}`;
      return this.view(name, spans);
    });
  }

  /** All pulls of the days that are folded, and some of the days around them, which lack requests. */
  #pulls(): string {
    return this.#named("all_pulls", this.#around, () => this.#text("logical_pulls", () => this.#folding()));
  }

  #folding(): string {
    return this.#named("all_folded", this.#around, () =>
      this.#text("folded_requests", () => this.#requests()),
    );
  }

  #requests(): string {
    return this.#named("all_requests", this.#around, () => this.view("pulls", this.#around));
  }

  #text(name: string, ...filling: Parameters<SqlText["fill"]>): string {
    const view = this.#rollups.views.get(name);
    if (view === undefined) throw new PipelineError("SCHEMA_INVALID", "never", `there is no view ${name}`);
    return view.text.fill(...filling);
  }

  #named(name: string, spans: readonly Span[], query: () => string): string {
    const key = `${name} ${JSON.stringify(spans)}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const text = query();
    const same = [...this.#made.values()].filter((alias) => alias.startsWith(name)).length;
    const alias = same === 0 ? name : `${name}_${same + 1}`;
    this.#made.set(key, alias);
    this.queries.push(cte(alias, text));
    return alias;
  }

  #table(name: string): string {
    return `\`${this.#dataset}.${name}\``;
  }
}

const cte = (name: string, query: string) => `${name} AS (\n${query}\n)`;

/** Whole days, with the margin around them, each moment once. */
function foldSpans(spans: readonly Span[]): readonly Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const start = floorDay(from) - FOLD_MARGIN_MS;
    const end = floorDay(to + DAY_MS - 1) + FOLD_MARGIN_MS;
    const last = merged.at(-1);
    if (last !== undefined && start <= last.to) last.to = Math.max(last.to, end);
    else merged.push({ from: start, to: end });
  }
  return merged;
}

/** Of an expression of the time, with constants. */
export function timeCondition(time: string, spans: readonly Span[]): string {
  const each = spans.map(({ from, to }) => `${time} >= ${timestamp(from)} AND ${time} < ${timestamp(to)}`);
  return anyOf(each);
}

/** A request counts for the day that it is folded in, and at the ends of a span that are within a day, by its own time. */
function foldCondition(spans: readonly Span[]): string {
  return anyOf(
    spans.map(({ from, to }) =>
      [
        `fold_day BETWEEN ${days({ from, to })}`,
        ...(from === floorDay(from) ? [] : [`exact_time >= ${timestamp(from)}`]),
        ...(to === floorDay(to) ? [] : [`exact_time < ${timestamp(to)}`]),
      ].join(" AND "),
    ),
  );
}

const anyOf = (conditions: readonly string[]) =>
  conditions.length === 1 ? conditions.join() : `(${conditions.map((one) => `(${one})`).join(" OR ")})`;

/** The days of a span, as both sides of BETWEEN. */
export const days = ({ from, to }: Span) => `DATE '${dayOf(from)}' AND DATE '${dayOf(to - 1)}'`;

const timestamp = (at: number) => `TIMESTAMP '${new Date(at).toISOString()}'`;

const floorDay = (at: number) => Math.floor(at / DAY_MS) * DAY_MS;

/** From the first to the last of days that follow each other. */
export function spanOfDays(days: readonly { readonly day: string }[]): Span {
  return { from: Date.parse(days[0]?.day ?? ""), to: Date.parse(days.at(-1)?.day ?? "") + DAY_MS };
}

/** The day in UTC of a time in milliseconds since the epoch, as `2026-11-20`. */
export const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
