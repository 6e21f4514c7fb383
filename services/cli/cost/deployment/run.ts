/** `pullhouse cost --from-deployment`: the bill of a deployment by its own counts, and beside the real one. */
import { InvalidArgumentError } from "commander";
import { createDatasetLook } from "#services/shared/gcp/look/dataset.ts";
import { createQuestioner } from "#services/shared/gcp/query.ts";
import { drainStepMs } from "#services/shared/window.ts";
import { type WarehousePlace, warehousePlace, windowPlace } from "../../place.ts";
import { spin } from "../../progress.ts";
import { withAdvice } from "../../query/run.ts";
import type { Terminal } from "../../terminal.ts";
import { type Assumed, assumed } from "../assumptions.ts";
import { estimate } from "../estimate.ts";
import type { PriceList } from "../prices.ts";
import { defaults } from "../settings.ts";
import type { Workload } from "../traffic.ts";
import type { CountedDay, Model } from "../usage.ts";
import { billedOf } from "./billed.ts";
import { type Counted, countedOf } from "./counted.ts";
import { type Outcome, productsOf } from "./outcome.ts";
import { duplicatesOf, quantitiesOf } from "./quantities.ts";
import { type ReadCounts, type Report, readBilled, readCounts, type Sources } from "./read.ts";
import type { BillingTable, Period } from "./statements.ts";

export interface DeploymentOptions {
  readonly project?: string;
  readonly dataset?: string;
  readonly days: number;
  readonly billingTable?: BillingTable;
  /** The model's options as they are without a deployment, … */
  readonly workload: Omit<Workload, "eventsPerDay">;
  /** … and the names of those that the user gave: they are not replaced by what is counted. */
  readonly given: ReadonlySet<string>;
  readonly assume: Partial<Assumed>;
  readonly prices: PriceList;
  readonly freeTier: boolean;
}

const DAY_MS = 86_400_000;
const REQUEST_TIMEOUT_MS = 20_000;

/** `[project.]dataset.table`, also with the project set off by a colon as `bq` writes it. */
export function billingTable(text: string): BillingTable {
  const [, project, dataset, table] =
    /^(?:([a-z][a-z0-9.:-]*[a-z0-9])[.:])?(\w+)\.([\w-]+)$/.exec(text.trim()) ?? [];
  if (dataset === undefined || table === undefined)
    throw new InvalidArgumentError("It takes a table as project.dataset.table.");
  return { dataset, table, ...(project === undefined ? {} : { project }) };
}

/** @throws PipelineError CONFIG_INVALID, WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE */
export async function costOfDeployment(terminal: Terminal, options: DeploymentOptions): Promise<Outcome> {
  const place = warehousePlace(terminal.env, options);
  const windowSeconds = options.given.has("windowSeconds")
    ? options.workload.windowSeconds
    : windowPlace(terminal.env, options) / 1000;
  const stop = spin("counting", terminal);
  try {
    return await read(sourcesAt(place), { ...options, workload: { ...options.workload, windowSeconds } });
  } catch (error) {
    throw withAdvice(error, place);
  } finally {
    stop();
  }
}

function sourcesAt(place: WarehousePlace): Sources {
  const { project, address } = place;
  return {
    place,
    look: createDatasetLook({ ...place, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    questioner: createQuestioner(place),
    billing: createQuestioner({ project, ...(address === undefined ? {} : { address }) }),
  };
}

async function read(sources: Sources, options: DeploymentOptions): Promise<Outcome> {
  const { workload, prices, freeTier } = options;
  const report: Report = { notes: [], bytesRead: 0 };
  const windowMs = 1000 * workload.windowSeconds;
  const until = Date.now();
  const asked: Period = { since: until - options.days * DAY_MS, until };
  const assumptions = assumed(options.assume);
  const times = { stepMs: drainStepMs(windowMs, 4), windowMs, idleMs: 1000 * assumptions.idleSeconds };
  const found = await readCounts(sources, asked, times, report);
  const counted = countedOf(found.counts, assumptions);
  const models = modelsOf(counted, options);
  const own = estimate(models.own, prices, freeTier);
  const rows =
    options.billingTable && (await readBilled(sources, options.billingTable, found.period, report));
  report.notes.push(...remarks(found, options));
  return {
    project: sources.place.project,
    dataset: sources.place.dataset,
    period: found.period,
    days: found.counts.days,
    quantities: quantitiesOf(found.counts, counted, models.pure),
    own,
    pure: estimate(models.pure, prices, freeTier),
    ...(rows === undefined ? {} : { billed: billedOf(rows, found.counts.days, productsOf(own)) }),
    ...report,
  };
}

/** Both for the same events a day, kept for the same time. */
function modelsOf(counted: Counted, options: DeploymentOptions): { own: Model; pure: Model } {
  const { workload: usual, given, assume } = options;
  const { settings } = defaults(usual.windowSeconds);
  const isCounted = ([name]: readonly [string, unknown]) => !given.has(name);
  const found = Object.fromEntries(Object.entries(counted.workload).filter(isCounted));
  const { eventsPerDay, retentionDays = usual.retentionDays } = counted.workload;
  const kept = given.has("retentionDays") ? usual.retentionDays : retentionDays;
  const base = { ...usual, eventsPerDay, retentionDays: kept };
  return {
    own: {
      workload: { ...base, ...found },
      settings,
      assumed: assumed({ ...counted.assumed, ...assume }),
      ...(counted.day === undefined ? {} : { counted: withoutAssumed(counted.day, assume) }),
    },
    pure: { workload: base, settings, assumed: assumed(assume) },
  };
}

/** What was billed does not hold for another assumption about it. */
function withoutAssumed(
  { mergeBytes, rollupBytes, ...day }: CountedDay,
  assume: Partial<Assumed>,
): CountedDay {
  return {
    ...day,
    ...(mergeBytes === undefined || assume.mergeHours !== undefined ? {} : { mergeBytes }),
    ...(rollupBytes === undefined || assume.rollupBytes !== undefined ? {} : { rollupBytes }),
  };
}

const COUNTABLE: readonly string[] = ["eventBytes", "types", "hours", "retentionDays"];
/** Share of messages above which they are worth a sentence. */
const DUPLICATES_WORTH = 0.01;

function remarks({ counts }: ReadCounts, { given, assume }: DeploymentOptions): readonly string[] {
  const instead = [...COUNTABLE.filter((name) => given.has(name)), ...Object.keys(assume)];
  const share = duplicatesOf(counts.loads) ?? 0;
  return [
    ...(instead.length === 0
      ? []
      : [`Given, and so not replaced by what was counted: ${instead.join(", ")}.`]),
    ...(share < DUPLICATES_WORTH
      ? []
      : [
          `${(100 * share).toFixed(1)} % of the messages were duplicates: published, pulled and archived, which is not in the bills.`,
        ]),
  ];
}
