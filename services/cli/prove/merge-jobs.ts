/** The books against what the MERGE jobs themselves report. */
import type { Questioner } from "#services/shared/gcp/query.ts";
import type { BookedLoad } from "./balance.ts";
import type { Finding } from "./proof.ts";

/** One jobs.get each, which are free; BigQuery takes 1,000 a second (https://cloud.google.com/bigquery/quotas#api_request_quotas). */
const JOBS_MAX = 1_000;
const WORKERS = 16;
/** A job's tries have ids of their own (`services/shared/gcp/bigquery.ts`). */
const TRIES_MAX = 20;

/**
 * Only loads with duplicates are asked for. Jobs and not INFORMATION_SCHEMA.JOBS: that bills 10 MB at least, needs the
 * right to list everybody's jobs, and the local BigQuery has it not.
 */
export class MergeJobs {
  readonly #loads: BookedLoad[] = [];
  #asked = 0;
  #unknown = 0;

  add(load: BookedLoad): void {
    if (load.booked_duplicates === 0 || load.merge_job === null) return;
    this.#asked += 1;
    if (this.#loads.length < JOBS_MAX) this.#loads.push(load);
  }

  async compare(questioner: Questioner): Promise<readonly Finding[]> {
    const left = [...this.#loads];
    const findings: Finding[] = [];
    const worker = async () => {
      for (let load = left.shift(); load !== undefined; load = left.shift())
        findings.push(...(await this.#compareOne(load, questioner)));
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    return findings.toSorted((a, b) => (a.what < b.what ? -1 : 1));
  }

  /** What could not be compared, in words. */
  get warnings(): readonly string[] {
    const unknown = `${this.#unknown} loads with duplicates have a MERGE job that BigQuery does not know any more (it keeps them for six months), or does not show to you (roles/bigquery.resourceViewer)`;
    const more = `${this.#asked - JOBS_MAX} loads with duplicates were not compared with their MERGE jobs: choose a shorter --since`;
    return [...(this.#unknown > 0 ? [unknown] : []), ...(this.#asked > JOBS_MAX ? [more] : [])];
  }

  async #compareOne(load: BookedLoad, questioner: Questioner): Promise<readonly Finding[]> {
    const { plan, type, merge_job: id, booked_inserted: booked } = load;
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      const job = await questioner.insertedRows(`${id}-a${attempt}`);
      if (job === undefined) break;
      if (job === "failed") continue;
      if (job === booked) return [];
      const detail = `the books say that ${booked} rows were inserted, its MERGE says ${job}`;
      return [{ fault: "load miscounted", type, what: plan, messages: booked - job, detail }];
    }
    this.#unknown += 1;
    return [];
  }
}
