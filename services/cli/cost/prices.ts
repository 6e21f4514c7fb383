/** The price list: what Google Cloud asks for in us-central1, with the day and the place where each price was read. */

/** How well a price is known. */
type Standing =
  /** Read on Google's own page. */
  | "google"
  /** Read in somebody else's quotation of Google's page. */
  | "quoted"
  /** By the user. */
  | "given"
  /** No two sources agree, or none was found; marked in every table. */
  | "uncertain";

export interface Price {
  /** What the price is for, as a table names it. */
  readonly unit: string;
  /** US dollars for one `unit`. */
  readonly dollars: number;
  /** Units that are free each month and billing account; 0 where nothing is. */
  readonly free: number;
  readonly standing: Standing;
  /** When it was read; of a quotation with a date, that date. */
  readonly asOf: string;
  readonly source: string;
}

const price = (
  unit: string,
  dollars: number,
  free: number,
  [standing, asOf, source]: readonly [Standing, string, string],
): Price => ({ unit, dollars, free, standing, asOf, source });

const RUN = ["google", "2026-08-03", "https://cloud.google.com/run/pricing"] as const;
const RUN_INSTANCES = ["quoted", "2026-07-31", "https://cloud.google.com/run/pricing"] as const;
const PUBSUB = ["google", "2026-09-20", "https://cloud.google.com/pubsub/pricing"] as const;
const STORAGE = ["google", "2026-11-21", "https://cloud.google.com/storage/pricing"] as const;
const BIGQUERY = ["quoted", "2026-09-28", "https://cloud.google.com/bigquery/pricing"] as const;
// Quoted for the US multi-region: $0.01 for Nearline, $0.05 for Archive. For Coldline no quotation was found that its author stands by.
// Charged from 1 September 2027 at the earliest: then $0.35 for each metric that a policy refers to, a condition for log lines
// being one such, and $0.50 for a million points that metrics return. The page had other dates and prices before.
const ALERTING = ["quoted", "2026-09-14", "https://cloud.google.com/products/observability/pricing"] as const;
const DATAFLOW = ["quoted", "2026-11-21", "https://cloud.google.com/dataflow/pricing"] as const;
const BALANCING = ["quoted", "2026-11-30", "https://cloud.google.com/load-balancing/pricing"] as const;
const SECRETS = ["google", "2026-11-21", "https://cloud.google.com/secret-manager/pricing"] as const;

/** GiB and TiB are powers of two, GB and TB of ten, as the pages have them. */
export const PRICES = {
  requests: price("million requests", 0.4, 2, RUN),
  cpu: price("vCPU-second", 0.000024, 180_000, RUN),
  memory: price("GiB-second", 0.0000025, 360_000, RUN),
  // Of instances that are paid for their whole lives (instance-based billing); there is no fee for a request.
  cpuOfInstance: price("vCPU-second", 0.000018, 240_000, RUN_INSTANCES),
  memoryOfInstance: price("GiB-second", 0.000002, 450_000, RUN_INSTANCES),
  pubsub: price("TiB", 40, 10 / 1024, PUBSUB),
  pubsubToBigQuery: price("TiB", 50, 0, PUBSUB),
  tasks: price("million operations", 0.4, 1, [
    "google",
    "2026-11-21",
    "https://cloud.google.com/tasks/docs/pricing",
  ]),
  scheduler: price("job", 0.1, 3, ["google", "2026-11-21", "https://cloud.google.com/scheduler/pricing"]),
  // Free in us-central1, us-east1 and us-west1 only.
  classA: price("1,000 operations", 0.005, 5, STORAGE),
  classB: price("1,000 operations", 0.0004, 50, STORAGE),
  standard: price("GB-month", 0.02, 5, STORAGE),
  query: price("TiB", 6.25, 1, BIGQUERY),
  activeRows: price("GiB-month", 0.023, 10, BIGQUERY),
  // The ten free GiB are shared with the active ones, and counted there.
  longTermRows: price("GiB-month", 0.016, 0, BIGQUERY),
  storageWrite: price("GiB", 0.025, 2048, BIGQUERY),
  images: price("GB-month", 0.1, 0.5, [
    "google",
    "2026-11-21",
    "https://cloud.google.com/artifact-registry/pricing",
  ]),
  secretVersions: price("version", 0.06, 6, SECRETS),
  secretReads: price("10,000 reads", 0.03, 1, SECRETS),
  logs: price("GiB", 0.5, 50, ["google", "2026-11-21", "https://cloud.google.com/stackdriver/pricing"]),
  alertMetrics: price("metric or log filter of a policy", 0, 0, ALERTING),
  forwardingRule: price("hour", 0.025, 0, BALANCING),
  balanced: price("GiB", 0.008, 0, BALANCING),
  dataflowCpu: price("vCPU-hour", 0.069, 0, DATAFLOW),
  dataflowMemory: price("GB-hour", 0.003557, 0, DATAFLOW),
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;
export type PriceList = Readonly<Record<PriceName, Price>>;

/** @param instead dollars that hold elsewhere, of another region say */
export function priceList(instead: Partial<Record<PriceName, number>> = {}): PriceList {
  const given = Object.entries(instead).map(([name, dollars]) => [
    name,
    { ...PRICES[name as PriceName], dollars, standing: "given", asOf: "given", source: "--price" },
  ]);
  return { ...PRICES, ...(Object.fromEntries(given) as Partial<Record<PriceName, Price>>) };
}
