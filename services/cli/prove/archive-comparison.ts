/**
 * Compares the keys of every loaded object with the tables (`--deep`). The keys get into a table of their own by load
 * jobs, type by type: no object is downloaded, loads are free, and memory holds the names of one job's objects.
 */
import type { Scratch } from "#services/shared/gcp/scratch.ts";
import type { NewId } from "#services/shared/ports.ts";
import type { LoadedObject } from "./balance.ts";
import { compareKeys, type KeySources } from "./compare-keys.ts";
import { KEY_COLUMNS } from "./key-statements.ts";
import type { Finding } from "./proof.ts";
import type { Times } from "./statements.ts";
import { NO_TIMES, widened } from "./times.ts";

/** BigQuery takes 10,000 URIs a job (https://cloud.google.com/bigquery/quotas#load_jobs); fewer move the progress. */
const OBJECTS_PER_JOB = 2_000;

const COLUMNS = KEY_COLUMNS.map((name) => ({ name, type: "STRING", mode: "NULLABLE" }) as const);

interface Archived {
  readonly type: string;
  /** The scratch table of its keys. */
  readonly table: string;
  times: Times;
  objects: number;
  messages: number;
  /** Names that no job has loaded yet. */
  names: string[];
}

export interface ArchiveComparisonOptions {
  readonly sources: KeySources;
  readonly scratch: Scratch;
  readonly newId: NewId;
  readonly onStep: (step: string) => void;
  /** Once aborted, nothing more is begun. */
  readonly signal: AbortSignal;
}

export class ArchiveComparison {
  readonly #options: ArchiveComparisonOptions;
  readonly #findings: Finding[] = [];
  #current: Archived | undefined;

  constructor(options: ArchiveComparisonOptions) {
    this.#options = options;
  }

  /** Objects come type after type. @throws the signal's reason once it is aborted */
  async add({ object, type, messages, ...times }: LoadedObject): Promise<void> {
    this.#options.signal.throwIfAborted();
    const current = this.#current?.type === type ? this.#current : await this.#begin(type);
    current.times = widened(current.times, times);
    current.objects += 1;
    current.messages += messages;
    current.names.push(object);
    if (current.names.length >= OBJECTS_PER_JOB) await this.#loadNames(current);
  }

  /** Call it after the last object. */
  async end(): Promise<readonly Finding[]> {
    await this.#compare();
    return this.#findings;
  }

  /** Removes what is left of the comparison, however it ended. */
  async close(): Promise<void> {
    if (this.#current !== undefined) await this.#options.scratch.drop(this.#current.table);
    this.#current = undefined;
  }

  async #begin(type: string): Promise<Archived> {
    await this.#compare();
    const table = `prove_${this.#options.newId().toLowerCase()}`;
    // Known before it is there: a request without an answer may have made it.
    this.#current = { type, table, times: NO_TIMES, objects: 0, messages: 0, names: [] };
    await this.#options.scratch.create(table, COLUMNS);
    return this.#current;
  }

  async #loadNames(current: Archived): Promise<void> {
    this.#options.onStep(`keys of ${current.type}: ${current.objects} objects`);
    await this.#load(current, current.names);
    current.names = [];
  }

  /** Halves what BigQuery refuses, down to the objects at fault. */
  async #load(current: Archived, names: readonly string[]): Promise<void> {
    this.#options.signal.throwIfAborted();
    const result = await this.#options.scratch.load(current.table, names);
    if (result.outcome === "done") return;
    const [only = "", ...others] = names;
    if (others.length === 0) {
      const detail = `its events cannot be compared: ${result.reason}`;
      this.#findings.push({
        fault: "object unreadable",
        type: current.type,
        what: only,
        messages: 0,
        detail,
      });
      return;
    }
    const middle = Math.ceil(names.length / 2);
    await this.#load(current, names.slice(0, middle));
    await this.#load(current, names.slice(middle));
  }

  async #compare(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    if (current.names.length > 0) await this.#loadNames(current);
    this.#options.signal.throwIfAborted();
    this.#options.onStep(`keys of ${current.type}`);
    const { sources, scratch } = this.#options;
    const { type, table, times, messages } = current;
    const wanted = { relation: scratch.quoted(table), parameters: {} };
    this.#findings.push(...(await compareKeys(sources, { type, wanted, times, messages }, true)));
    await this.close();
  }
}
