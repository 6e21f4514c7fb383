/** Time series of Cloud Monitoring. */
import { type Api, read } from "./api.ts";

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TimeSeries; int64 values are text. */
interface TimeSeries {
  readonly metric?: { readonly labels?: Readonly<Record<string, string>> };
  readonly resource?: { readonly labels?: Readonly<Record<string, string>> };
  readonly points?: readonly {
    readonly value?: {
      readonly int64Value?: string;
      readonly doubleValue?: number;
      readonly distributionValue?: { readonly count?: string; readonly mean?: number };
    };
  }[];
}

export interface Series {
  /** Of metric and resource. */
  readonly labels: Readonly<Record<string, string>>;
  /** Sum of the points; of distributions, of all that was measured. */
  readonly sum: number;
  /** Points, or what distributions counted. */
  readonly count: number;
}

/** @param from,until milliseconds since the epoch */
export async function timeSeries(
  api: Api,
  project: string,
  filter: string,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<readonly Series[]> {
  const { timeSeries: all = [] } = await read<{ timeSeries?: readonly TimeSeries[] }>(api, "monitoring", {
    path: `/projects/${project}/timeSeries`,
    query: {
      filter,
      "interval.startTime": new Date(from).toISOString(),
      "interval.endTime": new Date(until).toISOString(),
    },
  });
  return all.map(({ metric, resource, points = [] }) => {
    const values = points.map(({ value = {} }) => {
      const { int64Value, doubleValue, distributionValue } = value;
      if (distributionValue === undefined) return { sum: Number(int64Value ?? doubleValue ?? 0), count: 1 };
      const count = Number(distributionValue.count ?? 0);
      return { sum: count * (distributionValue.mean ?? 0), count };
    });
    return {
      labels: { ...resource?.labels, ...metric?.labels },
      sum: values.reduce((sum, one) => sum + one.sum, 0),
      count: values.reduce((sum, one) => sum + one.count, 0),
    };
  });
}
