/** Looks at a dataset: its settings, its tables and views as they are, and what the caller may do with a table. */
import { BigQuery } from "@google-cloud/bigquery";
import type { Column } from "../../schema/column.ts";
import type { Place } from "../query.ts";
import { grantedOr, orMissing } from "./looked.ts";

interface ListedTable {
  readonly name: string;
  /** TABLE, VIEW, … */
  readonly type: string;
}

interface DatasetSettings {
  readonly location: string;
  /** How long a table that is made without an expiration of its own stays; `undefined`: for good. */
  readonly tableLifeMs?: number;
}

export interface TableSettings {
  readonly columns: readonly Column[];
  /** Neither rows nor any on their way from a stream. */
  readonly isEmpty: boolean;
  /** Both without what is still on its way from a stream; `undefined` of a view. */
  readonly rows?: number;
  readonly logicalBytes?: number;
  /** Milliseconds since the epoch. */
  readonly createdAt?: number;
  /** Column of the daily partitions; `undefined` when there are none. */
  readonly partitionColumn?: string;
  /** How long a partition's rows stay after its day; `undefined`: for good. */
  readonly partitionLifeMs?: number;
  /** When the whole table goes, milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** A view's text. */
  readonly query?: string;
}

export interface DatasetLook {
  /** `undefined` when there is no such dataset. */
  settings(): Promise<DatasetSettings | undefined>;
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
  readonly numBytes?: string;
  readonly creationTime?: string;
  readonly streamingBuffer?: object;
  readonly timePartitioning?: {
    readonly type?: string;
    readonly field?: string;
    readonly expirationMs?: string;
  };
  readonly expirationTime?: string;
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
    async settings() {
      const found = await orMissing(code, dataset.getMetadata());
      if (found === undefined) return undefined;
      const { location = "", defaultTableExpirationMs } = found[0] as {
        location?: string;
        defaultTableExpirationMs?: string;
      };
      return { location, ...numberAs("tableLifeMs", defaultTableExpirationMs) };
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
      const { schema, numRows, numBytes, creationTime, streamingBuffer, ...more } = found[0] as Metadata;
      const { timePartitioning, expirationTime, view } = more;
      const isDaily = timePartitioning?.type === "DAY";
      return {
        columns: schema?.fields ?? [],
        isEmpty: numRows === "0" && streamingBuffer === undefined,
        ...numberAs("rows", numRows),
        ...numberAs("logicalBytes", numBytes),
        ...numberAs("createdAt", creationTime),
        ...(isDaily && timePartitioning.field !== undefined
          ? { partitionColumn: timePartitioning.field }
          : {}),
        ...numberAs("partitionLifeMs", timePartitioning?.expirationMs),
        ...numberAs("expiresAt", expirationTime),
        ...(view?.query === undefined ? {} : { query: view.query }),
      };
    },
    async granted(table, permissions) {
      const answer = await grantedOr(code, dataset.table(table).testIamPermissions([...permissions]));
      return answer && ((answer[0] as { permissions?: readonly string[] }).permissions ?? []);
    },
  };
}

/** int64 is a string in BigQuery's JSON. */
function numberAs<K extends string>(name: K, text: string | undefined): { readonly [key in K]?: number } {
  return text === undefined ? {} : ({ [name]: Number(text) } as { [key in K]: number });
}
