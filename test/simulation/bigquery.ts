/** BigQuery at the level of its API: tables, and jobs that run once for each id, read when they begin and write when they end. */
import { pick } from "#services/cli/generate/random.ts";
import { NOT_WHOLE } from "#services/loader/merge.ts";
import type { BigQueryApi, JobResource, TableResource } from "#services/shared/gcp/bigquery-api.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { readMerge, rowsOfParameter } from "#test/support/read-merge.ts";
import type { World } from "./world.ts";

export interface Row {
  readonly ce_id: string;
  readonly ce_source: string;
  readonly ce_time?: string;
  readonly [column: string]: unknown;
}

export interface BookedLoad {
  readonly plan: string;
  readonly type: string;
  readonly table: string;
  readonly objects: readonly { readonly object: string; readonly set_aside: boolean }[];
  readonly rows_inserted: number;
}

interface Table {
  columns: readonly Column[];
  /** Of the columns: its etag. */
  version: number;
  rows: Row[];
  readonly expiresAt: number;
}

interface Job {
  readonly endsAt: number;
  readonly resource: JobResource;
}

/** What a job does, decided when it begins. */
interface Effect {
  readonly errorResult?: { readonly reason: string; readonly message: string; readonly location?: string };
  readonly rows: number;
  readonly commit: () => void;
}

/** An event that makes BigQuery refuse the object that it is in. */
export const REFUSED = "refused-by-bigquery";
/** An event whose row can be loaded, and makes BigQuery refuse the MERGE. */
export const UNMERGEABLE = "refused-by-merge";

/** Of a job that fails for no fault of its own (https://cloud.google.com/bigquery/docs/error-messages). */
const FAILURES = ["backendError", "quotaExceeded", "rateLimitExceeded", "internalError", "tableUnavailable"];

/** What may go wrong with BigQuery for hours or days, chosen once for each seed. */
export interface Outage {
  /** `dml`: statements end in an error. `jobs`: BigQuery takes no job at all, as without rights or billing. */
  readonly of: "dml" | "jobs";
  /** Milliseconds since the epoch. */
  readonly until: number;
}

class ApiError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class SimulatedBigQuery {
  readonly tables = new Map<string, Table>();
  readonly staging = new Map<string, Table>();
  readonly loads: BookedLoad[] = [];
  /** Rows that somebody deleted, or that expired: nobody has to have them any more. */
  readonly gone: { readonly table: string; readonly row: Row }[] = [];
  outage: Outage | undefined;
  /** Every MERGE is an INSERT: a planted bug. */
  appends = false;
  /** The MERGE does not count its staging table, which is made when it is missing: a planted bug. */
  trustsStaging = false;
  /** The MERGE takes events of two senders with one source and id for the same: a planted bug. */
  ignoresSender = false;
  readonly #jobs = new Map<string, Job>();
  readonly #world: World;
  readonly #stagingLifeMs: number;
  readonly #linesOf: (object: string) => readonly string[] | undefined;

  constructor(
    world: World,
    stagingLifeMs: number,
    linesOf: (object: string) => readonly string[] | undefined,
  ) {
    this.#world = world;
    this.#stagingLifeMs = stagingLifeMs;
    this.#linesOf = linesOf;
  }

  rows(table: string): readonly Row[] {
    return this.tables.get(table)?.rows ?? [];
  }

  stagingTable(name: string): Table | undefined {
    const table = this.staging.get(name);
    if (table === undefined || table.expiresAt > this.#world.now) return table;
    this.#world.count("staging tables expired");
    this.staging.delete(name);
    return undefined;
  }

  /** By an operator's hand. */
  deleteStaging(): void {
    if (this.staging.size > 0) this.#world.count("staging tables deleted");
    this.staging.clear();
  }

  deleteTarget(): void {
    const targets = [...this.tables].filter(([name]) => name !== "loads");
    if (targets.length === 0) return;
    const [name, table] = pick(this.#world.random, targets);
    this.#world.count("table deleted");
    this.gone.push(...table.rows.map((row) => ({ table: name, row })));
    this.tables.delete(name);
  }

  /** @param before rows of earlier times vanish, as with a partition's expiration */
  expireRows(before: string): void {
    for (const [name, table] of this.tables) {
      const expired = table.rows.filter(({ ce_time: time }) => time !== undefined && time < before);
      if (expired.length > 0) this.#world.count("rows expired");
      this.gone.push(...expired.map((row) => ({ table: name, row })));
      table.rows = table.rows.filter((row) => !expired.includes(row));
    }
  }

  /** @param send carries one request there and its answer back, or not */
  api(send: <T>(what: string, effect: () => T) => Promise<T>): BigQueryApi {
    return {
      insertJob: (id, configuration) => send(`insert ${id}`, () => this.#insert(id, configuration)),
      getJob: (id) => send(`get ${id}`, () => this.#get(id)),
      dryRun: (configuration) => send("dry run", () => this.#check(configuration)),
      tables: {
        get: (name) => send(`get ${name}`, () => this.#getTable(name)),
        create: (name, resource) => send(`create ${name}`, () => this.#createTable(name, resource)),
        patch: (name, resource) => send(`patch ${name}`, () => this.#patchTable(name, resource)),
      },
      deleteStaging: (name) => send(`drop ${name}`, () => void this.staging.delete(name)),
    };
  }

  #getTable(name: string): TableResource {
    const table = this.tables.get(name);
    if (table === undefined || this.#world.strikes("table not visible"))
      throw new ApiError(404, `Not found: ${name}`);
    return { etag: etagOf(table), schema: { fields: table.columns } };
  }

  #createTable(name: string, resource: object): void {
    if (this.tables.has(name)) throw new ApiError(409, `Already exists: ${name}`);
    const { fields } = (resource as { schema: { fields: readonly Column[] } }).schema;
    this.tables.set(name, { columns: fields, version: 1, rows: [], expiresAt: Infinity });
  }

  #patchTable(name: string, resource: object): void {
    const table = this.tables.get(name);
    const { etag, schema } = resource as { etag: string; schema: { fields: readonly Column[] } };
    if (table === undefined) throw new ApiError(404, `Not found: ${name}`);
    if (etag !== etagOf(table)) throw new ApiError(412, "Precondition failed");
    table.columns = schema.fields;
    table.version += 1;
  }

  #insert(id: string, configuration: object): void {
    const world = this.#world;
    if (this.#jobs.has(id)) throw new ApiError(409, `Already exists: Job ${id}`);
    if (this.#isOut("jobs"))
      throw new ApiError(403, "Access Denied: the project has no rights, or no billing");
    if (world.strikes("job not taken"))
      throw new ApiError(pick(world.random, [400, 404]), "Not found: Dataset");
    const long = world.strikes("long job");
    const ms = long ? world.between(60_000, 600_000) : world.between(100, 3_000);
    const { errorResult, rows, commit } = this.#begin(configuration);
    const { labels } = configuration as { labels?: Readonly<Record<string, string>> };
    const resource: JobResource = {
      configuration: labels === undefined ? {} : { labels },
      status: { state: "DONE", ...(errorResult === undefined ? {} : { errorResult, errors: [errorResult] }) },
      statistics: { load: { outputRows: String(rows) }, query: { numDmlAffectedRows: String(rows) } },
    };
    this.#jobs.set(id, { endsAt: world.now + ms, resource });
    if (errorResult === undefined) world.after(ms, commit);
  }

  #get(id: string): JobResource {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new ApiError(404, `Not found: Job ${id}`);
    return job.endsAt > this.#world.now ? { status: { state: "RUNNING" } } : job.resource;
  }

  #begin(configuration: object): Effect {
    const { load, query } = configuration as {
      load?: Load;
      query?: { query: string; queryParameters?: Parameters };
    };
    if (this.#world.strikes("job fails"))
      return failed(pick(this.#world.random, FAILURES), "try again later");
    if (load !== undefined) return this.#load(load);
    const sql = query?.query ?? "";
    if (sql === "SELECT 1") return { rows: 0, commit: () => {} };
    if (this.#isOut("dml")) return failed("quotaExceeded", "Quota exceeded");
    const [parameter] = query?.queryParameters ?? [];
    if (parameter?.name === "book") return this.#book(parameter.parameterValue.value);
    return this.#merge(sql, parameter?.parameterValue.value);
  }

  #isOut(of: Outage["of"]): boolean {
    const { outage } = this;
    if (outage?.of !== of || this.#world.now >= outage.until) return false;
    this.#world.count(of === "dml" ? "statements refused for long" : "jobs refused for long");
    return true;
  }

  #load({ sourceUris, destinationTable: { tableId }, schema: { fields } }: Load): Effect {
    const names = new Set(fields.map(({ name }) => name));
    const rows: Row[] = [];
    for (const uri of sourceUris) {
      const lines = this.#linesOf(uri.slice(uri.indexOf("/", "gs://".length) + 1));
      if (lines === undefined) return failed("notFound", `Not found: URI ${uri}`, uri);
      for (const line of lines) {
        const row = JSON.parse(line) as Row;
        const unknown = Object.keys(row).find((name) => !names.has(name));
        if (unknown !== undefined || line.includes(REFUSED))
          return failed("invalid", `Error while reading data: no such field: ${unknown}. File: ${uri}`, uri);
        rows.push(row);
      }
    }
    // Seen with an independent emulator: a load that ends well and has read nothing.
    if (this.#world.strikes("load reads nothing")) return { rows: 0, commit: () => {} };
    return {
      rows: rows.length,
      commit: () => {
        const into = this.stagingTable(tableId);
        if (into === undefined)
          this.staging.set(tableId, {
            columns: fields,
            version: 1,
            rows,
            expiresAt: this.#world.now + this.#stagingLifeMs,
          });
        else into.rows.push(...rows);
      },
    };
  }

  #check(configuration: object): void {
    const { query } = configuration as { query: { query: string } };
    const { target, staging, columns } = readMerge(query.query);
    const into = this.tables.get(target);
    if (into === undefined || staging === undefined || this.stagingTable(staging.table) === undefined)
      throw new ApiError(404, "Not found: Table");
    const missing = columns.find((name) => !into.columns.some((column) => column.name === name));
    if (missing !== undefined) throw new ApiError(400, `Unrecognized name: ${missing}`);
  }

  /** @param given the rows of its parameter */
  #merge(sql: string, given?: string): Effect {
    const { target, staging, columns, keyOf, reads } = readMerge(sql);
    const into = this.tables.get(target);
    const source = staging === undefined ? rowsIn(given, columns) : this.#staged(staging.table);
    if (into === undefined || source === undefined) return failed("notFound", "Not found: Table");
    if (staging !== undefined && source.length !== staging.rows && !this.trustsStaging)
      return failed("invalidQuery", NOT_WHOLE);
    // What a load job refuses is refused here, too.
    if (staging === undefined && given?.includes(REFUSED)) return failed("invalidQuery", "Bad value");
    if (source.some((row) => JSON.stringify(row).includes(UNMERGEABLE)))
      return failed("invalidQuery", "Too many partitions produced by query");
    const missing = columns.find((name) => !into.columns.some((column) => column.name === name));
    if (missing !== undefined) return failed("invalidQuery", `Unrecognized name: ${missing}`);
    const known = this.ignoresSender ? (row: Row) => keyOf({ ...row, source: "" }) : keyOf;
    const seen = new Set(into.rows.filter(({ ce_time: time }) => reads(time)).map(known));
    const fresh = source.filter((row) => this.appends || (!seen.has(known(row)) && seen.add(known(row))));
    const inserted = fresh.map(
      (row) => Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name))) as Row,
    );
    return {
      rows: inserted.length,
      commit: () => {
        // A table that was deleted while the statement ran has nothing to commit to.
        if (this.tables.get(target) === into) into.rows.push(...inserted);
        else this.gone.push(...inserted.map((row) => ({ table: target, row })));
      },
    };
  }

  #staged(table: string): readonly Row[] | undefined {
    return this.stagingTable(table)?.rows ?? (this.trustsStaging ? [] : undefined);
  }

  #book(book: string): Effect {
    return { rows: 1, commit: () => void this.loads.push(JSON.parse(book) as BookedLoad) };
  }
}

interface Load {
  readonly sourceUris: readonly string[];
  readonly destinationTable: { readonly tableId: string };
  readonly schema: { readonly fields: readonly Column[] };
}

const rowsIn = (rows = "", columns: readonly string[]) =>
  rowsOfParameter(rows, columns) as unknown as readonly Row[];

type Parameters = readonly { readonly name: string; readonly parameterValue: { readonly value: string } }[];

function failed(reason: string, message: string, location?: string): Effect {
  const errorResult = { reason, message, ...(location === undefined ? {} : { location }) };
  return { errorResult, rows: 0, commit: () => {} };
}

const etagOf = ({ version }: Table) => String(version);
