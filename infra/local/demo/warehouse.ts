/** What the demo asks the warehouse, through the official client, as any user would. */
import { PULL_TYPE } from "#services/cli/generate/generate.ts";
import { PipelineError } from "#services/shared/errors.ts";
import {
  type Answer,
  createQuestioner,
  isNotFound,
  type Place,
  type Questioner,
} from "#services/shared/gcp/query.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";

const PULLS = tableNameOf(PULL_TYPE);

export const MOST_PULLED = `SELECT
  body.repository AS image,
  COUNT(*) AS requests,
  COUNTIF(body.type = 'manifest') AS manifests,
  COUNT(DISTINCT actor.subject) AS identities,
  COUNTIF(body.error.status IS NOT NULL) AS errors
FROM ${PULLS}
WHERE received_at >= @since
GROUP BY image
ORDER BY requests DESC, image
LIMIT 10`;

export interface DemoWarehouse {
  /** Ids of the run's rows that were loaded after `after`, and when the last of them was, in microseconds. */
  loadedAfter(after: number): Promise<{ ids: readonly string[]; last: number }>;
  /** Ids of all rows of the run. */
  ids(): AsyncGenerator<string, void, void>;
  mostPulled(): Promise<Answer>;
  /** Why events of the run were set aside, with how often. */
  rejections(): Promise<readonly string[]>;
  readonly questioner: Questioner;
}

/**
 * @param since when the run began, ISO 8601: its rows were received since then
 * @param table whose rows are looked for
 */
export function openWarehouse(place: Place, dataset: string, since: string, table = PULLS): DemoWarehouse {
  const questioner = createQuestioner(place);
  const run = { since: { type: "TIMESTAMP", value: since } };

  /** No rows when the table does not exist yet: the first load creates it. */
  async function* rows(sql: string, more: Record<string, { type: string; value: string }> = {}) {
    try {
      const answer = await questioner.ask({ sql, dataset, parameters: { ...run, ...more } });
      yield* answer.rows;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  return {
    questioner,
    async loadedAfter(after) {
      const ids: string[] = [];
      let last = after;
      // The loader writes one `loaded_at` per merge, and merges of one table come one after the other.
      const sql = `SELECT ce_id, UNIX_MICROS(loaded_at) AS loaded FROM ${table}
WHERE received_at >= @since AND loaded_at > TIMESTAMP_MICROS(@after)`;
      for await (const row of rows(sql, { after: { type: "INT64", value: String(after) } })) {
        ids.push(row["ce_id"] as string);
        last = Math.max(last, row["loaded"] as number);
      }
      return { ids, last };
    },
    async *ids() {
      for await (const row of rows(`SELECT ce_id FROM ${table} WHERE received_at >= @since`)) {
        yield row["ce_id"] as string;
      }
    },
    mostPulled: () => questioner.ask({ sql: MOST_PULLED, dataset, parameters: run }),
    async rejections() {
      const found: string[] = [];
      const sql = `SELECT ce_type, TO_JSON_STRING(reasons) AS reasons, COUNT(*) AS events FROM rejected_events
WHERE received_at >= @since GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5`;
      for await (const row of rows(sql)) {
        const { events, ce_type, reasons } = row as Record<string, string>;
        found.push(`${events} x ${ce_type}: ${reasons}`);
      }
      return found;
    },
  };
}

/** Whether asking again may help: the local warehouse may be on its way back. */
export function mayComeBack(error: unknown): boolean {
  return error instanceof PipelineError && error.retry === "later";
}
