/** Looks at a dataset: its tables and views as they are, and what the caller may do with a table. */
import { BigQuery } from "@google-cloud/bigquery";
import type { Column } from "../../schema/column.ts";
import type { Place } from "../query.ts";
import { grantedOr, orMissing } from "./looked.ts";

interface ListedTable {
  readonly name: string;
  /** TABLE, VIEW, … */
  readonly type: string;
}

interface TableSettings {
  readonly columns: readonly Column[];
  /** Neither rows nor any on their way from a stream. */
  readonly isEmpty: boolean;
  /** Column of the daily partitions; `undefined` when there are none. */
  readonly partitionColumn?: string;
  /** A view's text. */
  readonly query?: string;
}

export interface DatasetLook {
  /** The dataset's location; `undefined` when there is no such dataset. */
  location(): Promise<string | undefined>;
  /** How far back what was changed or deleted can be read; `undefined` when the dataset does not say. */
  timeTravelHours(): Promise<number | undefined>;
  tables(): Promise<readonly ListedTable[] | undefined>;
  table(name: string): Promise<TableSettings | undefined>;
  /** Those of the permissions that the caller has on a table; `undefined` where that cannot be asked. */
  granted(table: string, permissions: readonly string[]): Promise<readonly string[] | undefined>;
}

export interface DatasetLookOptions extends Place {
  readonly dataset: string;
  readonly requestTimeoutMs: number;
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#Table */
interface Metadata {
  readonly schema?: { readonly fields?: readonly Column[] };
  readonly numRows?: string;
  readonly streamingBuffer?: object;
  readonly timePartitioning?: { readonly type?: string; readonly field?: string };
  readonly view?: { readonly query?: string };
}

export function createDatasetLook(options: DatasetLookOptions): DatasetLook {
  const { project, dataset: name, address, requestTimeoutMs } = options;
  const settings = {
    projectId: project,
    // The client's own type does not name the timeout, its base class takes it.
    timeout: requestTimeoutMs,
    ...(address === undefined ? {} : { apiEndpoint: address, autoRetry: false }),
  };
  const dataset = new BigQuery(settings).dataset(name);
  const code = "WAREHOUSE_UNAVAILABLE";
  return {
    async location() {
      const found = await orMissing(code, dataset.getMetadata());
      return found && ((found[0] as { location?: string }).location ?? "");
    },
    async timeTravelHours() {
      const found = await orMissing(code, dataset.getMetadata());
      const { maxTimeTravelHours } = (found?.[0] ?? {}) as { maxTimeTravelHours?: string };
      return maxTimeTravelHours === undefined ? undefined : Number(maxTimeTravelHours);
    },
    async tables() {
      const found = await orMissing(code, dataset.getTables());
      return found?.[0].map(({ id, metadata }) => ({
        name: id ?? "",
        type: (metadata as { type?: string }).type ?? "",
      }));
    },
    async table(table) {
      const found = await orMissing(code, dataset.table(table).getMetadata());
      if (found === undefined) return undefined;
      const { schema, numRows, streamingBuffer, timePartitioning, view } = found[0] as Metadata;
      const isDaily = timePartitioning?.type === "DAY";
      return {
        columns: schema?.fields ?? [],
        isEmpty: numRows === "0" && streamingBuffer === undefined,
        ...(isDaily && timePartitioning.field !== undefined
          ? { partitionColumn: timePartitioning.field }
          : {}),
        ...(view?.query === undefined ? {} : { query: view.query }),
      };
    },
    async granted(table, permissions) {
      const answer = await grantedOr(code, dataset.table(table).testIamPermissions([...permissions]));
      return answer && ((answer[0] as { permissions?: readonly string[] }).permissions ?? []);
    },
  };
}
