/** What a run costs at list prices, without any free tier: before it from guesses, after it from what was counted. */
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { type Bill, billOf } from "#services/cli/cost/bill.ts";
import { storageCalls } from "#services/cli/cost/calls.ts";
import { DAYS_PER_MONTH, GB, GIB, type Item, MILLION, TIB } from "#services/cli/cost/item.ts";
import { PRICES } from "#services/cli/cost/prices.ts";
import { sizeOf } from "../gcp/sizes.ts";
import type { Deployment } from "./deployment.ts";
import { billedBytes, jobsSince } from "./jobs.ts";
import type { Observed } from "./observed.ts";

export type { Bill };

interface RunUsage {
  readonly requests: number;
  /** Of their bodies. */
  readonly bytes: number;
  readonly drains: number;
  readonly loads: number;
  readonly objects: number;
  readonly queryBytes: number;
}

/** A loader continues a plan when its MERGE may be done, and when its row in the table loads may be. */
const RESUMES = 2;
/** A task is created and run, and an empty round follows. */
const TASKS_PER_ROUND = 4;
/** Starts of each service: the deployment, two kills, the end of an idle time. */
const STARTS = 6;
const SECRETS = 4;
const RECEIVERS = 1;
/** Secrets and jobs are billed by the day, of which a run sees two at most. */
const DAYS = 2;

function runBill({ requests, bytes, drains, loads, objects, queryBytes }: RunUsage): Bill {
  const assumed = (name: keyof typeof ASSUMPTIONS) => ASSUMPTIONS[name].value;
  const seconds = {
    receiver: requests * assumed("receiverSeconds"),
    batcher: drains * 2,
    loader: loads * (assumed("loadSeconds") + RESUMES * assumed("resumeSeconds")),
  };
  const compute = (Object.keys(seconds) as (keyof typeof seconds)[]).flatMap((service): readonly Item[] => {
    const size = sizeOf(service, { maxReceivers: RECEIVERS, receiverShape: "shared" });
    const busy = seconds[service] + STARTS * assumed("startSeconds");
    const gib = (Number.parseInt(size.memory, 10) * 2 ** 20) / GIB;
    return [
      { product: "Cloud Run", what: `${service}, CPU`, price: "cpu", quantity: busy * Number(size.cpu) },
      { product: "Cloud Run", what: `${service}, memory`, price: "memory", quantity: busy * gib },
    ];
  });
  const rounds = drains + loads;
  // An upper bound: as if every round made a plan, and an empty one followed.
  const storage = storageCalls({
    spillLooks: drains,
    loads,
    resumes: RESUMES * loads,
    emptyLoads: loads,
    objects,
    plans: loads,
  });
  const messageBytes = bytes + requests * assumed("attributeBytes");
  const share = DAYS / DAYS_PER_MONTH;
  const items: readonly Item[] = [
    ...compute,
    item("Cloud Run", "requests", "requests", (requests + rounds) / MILLION),
    item("Pub/Sub", "publish and pull", "pubsub", (2 * messageBytes) / TIB),
    item("Cloud Tasks", "create and run", "tasks", (rounds * TASKS_PER_ROUND) / MILLION),
    item("Cloud Storage", "create and list", "classA", storage.classA / 1000),
    item("Cloud Storage", "read", "classB", storage.classB / 1000),
    item("BigQuery", "MERGE, and what this run asks", "query", queryBytes / TIB),
    item("Cloud Scheduler", "two jobs", "scheduler", 2 * share),
    item("Secret Manager", "four versions", "secretVersions", SECRETS * share),
    item("Artifact Registry", "the image", "images", (assumed("imageGigabytes") / 5) * share),
    item("Cloud Logging", "lines", "logs", ((requests + rounds) * assumed("serviceLogBytes")) / GIB),
    item("Cloud Storage", "state, objects, source of the build", "standard", (0.05 * GB * share) / GB),
  ];
  return billOf(items, PRICES, false);
}

function item(product: string, what: string, price: Item["price"], quantity: number): Item {
  return { product, what, price, quantity };
}

/**
 * Cloud Build, which the price list of the pipeline does not have: $0.006 for a minute of its default machine, beyond 2,500
 * free ones a month (https://cloud.google.com/build/pricing, read 2026-11-30).
 */
export const BUILD_DOLLARS = 3 * 0.006;

/** Before the run: every type's own load, and statements of 10 MB at least. */
export function plannedBill(events: number): Bill {
  const loads = 160;
  const statement = 2 * 10 * MILLION;
  const looks = 600;
  return runBill({
    requests: events + 200,
    bytes: 900 * events,
    drains: 60,
    loads,
    objects: loads,
    queryBytes: loads * 2 * statement + looks * 10 * MILLION + 3 * 115 * 10 * MILLION,
  });
}

/** After the run, from the services' lines and BigQuery's jobs. */
export async function billFor(deployment: Deployment, observed: Observed): Promise<Bill> {
  const [batcher, loader, jobs] = await Promise.all([
    deployment.lines("batcher"),
    deployment.lines("loader"),
    jobsSince(deployment, observed.startedAt),
  ]);
  const count = (lines: readonly { readonly message: string }[], ...messages: readonly string[]) =>
    lines.filter(({ message }) => messages.includes(message)).length;
  return runBill({
    requests: observed.requests,
    bytes: observed.bytes,
    drains: count(batcher, "drained", "empty", "drained in part"),
    loads: count(loader, "round"),
    objects: count(batcher, "written"),
    queryBytes: billedBytes(jobs),
  });
}

export const totalDollars = (bill: Bill): number => bill.dollars + BUILD_DOLLARS;
