/** Reads the counts of a deployment and its bill, and says what could not be read. */
import { PipelineError } from "#services/shared/errors.ts";
import type { DatasetLook } from "#services/shared/gcp/look/dataset.ts";
import { isNotFound, type Question, type Questioner } from "#services/shared/gcp/query.ts";
import type { WarehousePlace } from "../../place.ts";
import type { Counts } from "./counted.ts";
import {
  BILLING_COLUMNS,
  type BilledRow,
  type BillingTable,
  billedStatement,
  billingColumns,
  type ColumnRow,
  type JobKind,
  type JobsRow,
  jobsStatement,
  type LoadsRow,
  loadsStatement,
  type Period,
} from "./statements.ts";

const DAY_MS = 86_400_000;
const FORBIDDEN = 403;

export interface Sources {
  readonly place: WarehousePlace;
  readonly look: DatasetLook;
  readonly questioner: Questioner;
  /** Not bound to the deployment's location: the export has one of its own. */
  readonly billing: Questioner;
}

/** Collects, while the reading goes on, what is said about it. */
export interface Report {
  readonly notes: string[];
  bytesRead: number;
}

export interface ReadCounts {
  readonly counts: Counts;
  readonly period: Period;
}

/**
 * @param times of the drains, in milliseconds: the distance of two, a window, and a pause after which no instance is left
 * @throws PipelineError WAREHOUSE_REFUSED when there is no table `loads`, WAREHOUSE_UNAVAILABLE
 */
export async function readCounts(
  sources: Sources,
  asked: Period,
  times: Parameters<typeof loadsStatement>[2],
  report: Report,
): Promise<ReadCounts> {
  const { place, look, questioner } = sources;
  const books = await look.table("loads");
  if (books === undefined)
    throw new PipelineError(
      "WAREHOUSE_REFUSED",
      "never",
      `there is no table loads in ${place.project}.${place.dataset}: nothing has been loaded there yet, or it is another dataset (--project, --dataset)`,
    );
  const rows = await rowsOf<LoadsRow>(questioner, loadsStatement(place.dataset, asked, times), report);
  const loads = rows[0] as LoadsRow;
  const began = Math.min(books.createdAt ?? asked.since, loads.first_at ?? asked.until);
  const period = periodOf(asked, began, report);
  const days = Math.max(1, (period.until - period.since) / DAY_MS);
  noteLoads(loads, report);
  const stored = await storedRows(look, loads.tables ?? [], report);
  const jobs = await readJobs(sources, period, report);
  return {
    period,
    counts: {
      days,
      loads,
      ...(stored === undefined ? {} : { stored }),
      ...(jobs === undefined ? {} : { jobs }),
    },
  };
}

function periodOf(asked: Period, began: number, { notes }: Report): Period {
  const since = Math.max(asked.since, began);
  const [wanted, found] = [asked, { since, until: asked.until }].map(
    (period) => (period.until - period.since) / DAY_MS,
  ) as [number, number];
  if (found < 1)
    notes.push("The deployment is less than a day old: what it has so far is taken for a whole day.");
  else if (wanted - found >= 0.05)
    notes.push(
      `The deployment is ${found.toFixed(1)} days old, so that the counts are of these days and not of ${Math.round(wanted)}.`,
    );
  return { since, until: asked.until };
}

function noteLoads({ plans, inserted, unsized, undrained }: LoadsRow, { notes }: Report): void {
  if (plans === 0)
    notes.push("The table loads has no row of these days: nothing was loaded, so all but that is assumed.");
  else if (!inserted)
    notes.push("The loads of these days inserted no row: there is no event to count, so all is assumed.");
  if (unsized > 0)
    notes.push(
      `${unsized} of ${plans} loads do not say how large their objects are, and are left out there.`,
    );
  if (undrained > 0)
    notes.push(
      `${undrained} of ${plans} loads do not say when their objects were drained: drains and hours are assumed.`,
    );
}

/** What the tables hold, by their metadata, which is free. */
async function storedRows(
  look: DatasetLook,
  names: readonly string[],
  { notes }: Report,
): Promise<Counts["stored"]> {
  try {
    const tables = await Promise.all(names.map((name) => look.table(name)));
    const sum = (of: "rows" | "logicalBytes") =>
      tables.reduce((total, table) => total + (table?.[of] ?? 0), 0);
    const stored = { rows: sum("rows"), logicalBytes: sum("logicalBytes") };
    if (stored.rows > 0) return stored;
    if (names.length > 0) notes.push(`The tables hold no row now (${names.join(", ")}): sizes are assumed.`);
  } catch (error) {
    if (statusOf(error) !== FORBIDDEN) throw error;
    notes.push(
      "Sizes of rows are assumed: you may not read the tables' metadata (bigquery.tables.get, in roles/bigquery.metadataViewer).",
    );
  }
  return undefined;
}

async function readJobs(
  { place, look, questioner }: Sources,
  period: Period,
  report: Report,
): Promise<Counts["jobs"]> {
  const location = place.location ?? (await look.settings())?.location ?? "";
  if (!/^[A-Za-z0-9-]+$/.test(location)) {
    report.notes.push(
      "The jobs' bytes and times are assumed: the dataset does not say in which location it is (BIGQUERY_LOCATION).",
    );
    return undefined;
  }
  const question = jobsStatement(location, [place.dataset, place.stagingDataset], period);
  try {
    const rows = await rowsOf<JobsRow>(questioner, question, report);
    if (rows.length === 0)
      report.notes.push(
        "INFORMATION_SCHEMA.JOBS has no job of the loader in these days: bytes and times are assumed.",
      );
    return new Map<JobKind, JobsRow>(rows.map((row) => [row.kind, row]));
  } catch (error) {
    report.notes.push(`The jobs' bytes and times are assumed: ${refusalOf(error)}.`);
    return undefined;
  }
}

/** @throws what is not a refusal */
function refusalOf(error: unknown): string {
  if (!(error instanceof PipelineError) || error.code !== "WAREHOUSE_REFUSED") throw error;
  return statusOf(error) === FORBIDDEN
    ? "you may not list the project's jobs (bigquery.jobs.listAll, in roles/bigquery.resourceViewer)"
    : `BigQuery refused INFORMATION_SCHEMA.JOBS: ${error.message}`;
}

/** `undefined` where there is nothing to compare with, and then a note says why. */
export async function readBilled(
  { place, billing }: Sources,
  table: BillingTable,
  period: Period,
  report: Report,
): Promise<readonly BilledRow[] | undefined> {
  const name = [table.project ?? place.project, table.dataset, table.table].join(".");
  try {
    const columns = await rowsOf<ColumnRow>(billing, billingColumns(table), report);
    const lacking = BILLING_COLUMNS.filter((wanted) => !columns.some((column) => column.name === wanted));
    if (columns.length === 0 || lacking.length > 0) {
      report.notes.push(
        columns.length === 0
          ? `The bill is left out: there is no table ${name}, or you may not see it.`
          : `The bill is left out: ${name} lacks ${lacking.join(", ")}, so it is neither the standard nor the detailed usage cost export.`,
      );
      return undefined;
    }
    const partitionedBy = columns.find(({ partitions }) => partitions)?.name;
    if (partitionedBy === undefined)
      report.notes.push(
        `${name} has no partitions, as an export has them: the statement read all of its rows.`,
      );
    const rows = await rowsOf<BilledRow>(
      billing,
      billedStatement(table, place.project, period, partitionedBy),
      report,
    );
    if (rows.length > 0) return rows;
    report.notes.push(
      `The bill is left out: ${name} has no row of the project ${place.project} in these days. An export begins when it is switched on, and is a day or so behind.`,
    );
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== "WAREHOUSE_REFUSED") throw error;
    report.notes.push(`The bill is left out: ${billingRefusal(error, name)}.`);
  }
  return undefined;
}

function billingRefusal(error: PipelineError, name: string): string {
  if (isNotFound(error)) return `there is no table ${name}`;
  return statusOf(error) === FORBIDDEN
    ? `you may not read ${name} (roles/bigquery.dataViewer on its dataset)`
    : `BigQuery refused to read ${name}: ${error.message}`;
}

async function rowsOf<T>(questioner: Questioner, question: Question, report: Report): Promise<readonly T[]> {
  const bytes = await questioner.estimate(question);
  const rows: T[] = [];
  const answer = await questioner.ask(question);
  for await (const row of answer.rows) rows.push(row as T);
  report.bytesRead += bytes;
  return rows;
}

function statusOf(error: unknown): number {
  return Number(((error as PipelineError).cause as { code?: unknown } | undefined)?.code);
}
