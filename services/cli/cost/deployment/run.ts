/** `pullhouse cost --from-deployment`, from the first question to the two bills. */
import { paceOf } from "#services/batcher/pace.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createDatasetLook } from "#services/shared/gcp/look/dataset.ts";
import { createQuestioner } from "#services/shared/gcp/query.ts";
import { drainStepMs } from "#services/shared/window.ts";
import type { WarehousePlace } from "../../place.ts";
import { type Assumed, assumed } from "../assumptions.ts";
import type { Settings } from "../calls.ts";
import { estimate } from "../estimate.ts";
import type { PriceList } from "../prices.ts";
import type { Workload } from "../traffic.ts";
import type { Model } from "../usage.ts";
import { billedOf } from "./billed.ts";
import { countedOf } from "./counted.ts";
import { type Outcome, productsOf } from "./outcome.ts";
import { quantitiesOf } from "./quantities.ts";
import { type Report, readBilled, readCounts, type Sources } from "./read.ts";
import type { BillingTable } from "./statements.ts";

const DAY_MS = 86_400_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface DeploymentRequest {
  readonly days: number;
  readonly billingTable: BillingTable | undefined;
  /** What cannot be counted; the rest is replaced. */
  readonly workload: Omit<Workload, "eventsPerDay">;
  readonly settings: Settings;
  readonly assume: Partial<Assumed>;
  readonly prices: PriceList;
  readonly freeTier: boolean;
}

export function openSources(place: WarehousePlace): Sources {
  const { location: _, ...anywhere } = place;
  return {
    place,
    look: createDatasetLook({ ...place, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    questioner: createQuestioner(place),
    billing: createQuestioner(anywhere),
  };
}

/**
 * Assumptions that the user gave win over what was counted.
 * @throws PipelineError WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE
 */
export async function costOfDeployment(
  sources: Sources,
  { days, billingTable, workload, settings, assume, prices, freeTier }: DeploymentRequest,
): Promise<Outcome> {
  const report: Report = { notes: [], bytesRead: 0 };
  const usual = assumed(assume);
  const until = systemClock.now();
  const windowMs = 1000 * workload.windowSeconds;
  // Drains are at most so close to each other; a drain of a slower pace is at a place of this grid, too.
  const times = { stepMs: drainStepMs(windowMs, paceOf(Number.POSITIVE_INFINITY)), windowMs };
  const { counts, period } = await readCounts(
    sources,
    { since: until - days * DAY_MS, until },
    { ...times, idleMs: 1000 * usual.idleSeconds },
    report,
  );
  const counted = countedOf(counts, usual);
  const { eventsPerDay } = counted.workload;
  const pure: Model = { workload: { ...workload, eventsPerDay }, settings, assumed: usual };
  const own: Model = {
    workload: { ...workload, ...counted.workload },
    settings,
    assumed: { ...usual, ...counted.assumed, ...assume },
    ...(counted.day === undefined ? {} : { counted: counted.day }),
  };
  const ownEstimate = estimate(own, prices, freeTier);
  const rows =
    billingTable === undefined ? undefined : await readBilled(sources, billingTable, period, report);
  return {
    project: sources.place.project,
    dataset: sources.place.dataset,
    period,
    days: counts.days,
    quantities: quantitiesOf(counts, counted, pure),
    own: ownEstimate,
    pure: estimate(pure, prices, freeTier),
    ...(rows === undefined ? {} : { billed: billedOf(rows, counts.days, productsOf(ownEstimate)) }),
    ...report,
  };
}
