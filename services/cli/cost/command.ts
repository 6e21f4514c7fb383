/** `pullhouse cost`: what a month on Google Cloud costs, by item. */
import { Command, InvalidArgumentError, Option } from "commander";
import { RECEIVER_SHAPES } from "#services/shared/receiver-shape.ts";
import { DEFAULT_DATASET, warehousePlace } from "../place.ts";
import { spin } from "../progress.ts";
import { withAdvice } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";
import { ASSUMPTIONS, type Assumed, assumed, MADE_UP_EVENT_BYTES } from "./assumptions.ts";
import { deploymentJson, renderDeployment } from "./deployment/render.ts";
import { costOfDeployment, openSources } from "./deployment/run.ts";
import type { BillingTable } from "./deployment/statements.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { asJson } from "./json.ts";
import { amount, decimal, setting } from "./numbers.ts";
import { PRICES, type PriceName, priceList } from "./prices.ts";
import { renderOne, renderSizes } from "./render.ts";
import { defaults } from "./settings.ts";
import type { Workload } from "./traffic.ts";

interface CostOptions extends Omit<Workload, "eventsPerDay"> {
  readonly eventsPerDay?: readonly [number, ...number[]];
  readonly fromDeployment?: true;
  readonly days?: number;
  readonly billingTable?: BillingTable;
  readonly project?: string;
  readonly dataset?: string;
  readonly assume?: Partial<Assumed>;
  readonly price?: Partial<Record<PriceName, number>>;
  readonly freeTier: boolean;
  readonly json?: true;
  readonly markdown?: true;
}

const EXAMPLES = `
Examples:
  $ pullhouse cost --events-per-day 10k
  $ pullhouse cost --events-per-day 0 10k 1M 100M           # sizes beside each other
  $ pullhouse cost --events-per-day 10k --window-seconds 300 --hours 10
  $ pullhouse cost --events-per-day 1M --no-free-tier --json
  $ pullhouse cost --events-per-day 1M --price cpu=0.0000336 --price query=7.5   # another region
  $ pullhouse cost --events-per-day 1M --assume loadSeconds=1 --price alertMetrics=0.35
  $ pullhouse cost --from-deployment --project my-project    # counted in place of assumed, side by side
  $ pullhouse cost --from-deployment --days 7 --billing-table billing.gcp_billing_export_v1_0123

Without --from-deployment it makes no requests and needs no credentials. With it, it reads the table loads, the metadata of the
tables and, where you may list jobs, INFORMATION_SCHEMA.JOBS. The table of --billing-table is Cloud Billing's usage cost export,
in this project or as project.dataset.table. Prices, with their dates and sources, are those of us-central1; docs/operate/cost.md
says how the model counts.
--price takes
${listed(Object.keys(PRICES))}
--assume takes
${listed(Object.keys(ASSUMPTIONS))}`;

export function costCommand(terminal: Terminal): Command {
  const { windowSeconds } = defaults();
  return new Command("cost")
    .summary("what a month on Google Cloud costs")
    .description(
      "Estimates the monthly bill by item, the idle bill, and the bills of other ways into BigQuery.",
    )
    .option("-e, --events-per-day <numbers...>", "events a day; several are compared", sizes)
    .addOption(
      new Option(
        "--from-deployment",
        "what a running deployment counts of itself, in place of what is assumed",
      ).conflicts(["eventsPerDay", "eventBytes", "types", "hours", "retentionDays"]),
    )
    .option("--days <number>", "of the deployment to count (default: 30)", amount(1, 180))
    .option("--billing-table <table>", "Cloud Billing's export, to show what was billed", billingTable)
    .option("-p, --project <id>", "Google Cloud project of the deployment")
    .option("-d, --dataset <name>", `dataset of its tables (default: ${DEFAULT_DATASET})`)
    .option("--event-bytes <number>", "bytes of an event's data", amount(1, 8_388_608), MADE_UP_EVENT_BYTES)
    .option("--types <number>", "event types, all as frequent", amount(1, 1_000), 1)
    .option("--hours <number>", "hours of a day in which events come", decimal(0.1, 24), 24)
    .option("--window-seconds <number>", "WINDOW_SECONDS of the services", decimal(0.5, 3_600), windowSeconds)
    .option("--retention-days <number>", "how long rows and objects are kept", amount(1, 36_500), 365)
    .option("--secrets <number>", "senders with a secret; Chainguard needs none", amount(0, 100), 0)
    .addOption(
      new Option(
        "--receiver <shape>",
        "of the receiver; by default the one that the events call for",
      ).choices(Object.keys(RECEIVER_SHAPES)),
    )
    .option("--load-balancer", "with a load balancer in front of the receivers")
    .option("--price <name=dollars>", "another price; can be repeated", setting("price", names(PRICES)))
    .option(
      "--assume <name=number>",
      "another assumption; can be repeated",
      setting("assumption", names(ASSUMPTIONS)),
    )
    .option("--no-free-tier", "leave out what is free each month")
    .option("--markdown", "print tables in Markdown")
    .option("--json", "print one JSON document: every item, price and assumption")
    .addHelpText("after", EXAMPLES)
    .action((options: CostOptions, command: Command) => run(terminal, options, command));
}

/** In lines that fit a terminal. */
function listed(all: readonly string[]): string {
  return all
    .join(", ")
    .replaceAll(/(.{60,90}),\s/g, "$1,\n")
    .replaceAll(/^/gm, "  ");
}

const size = amount(0, 1e11);

function sizes(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, size(text)];
}

/** BigQuery's names, as they stand in a statement, with one of the project where it has one. */
function billingTable(text: string): BillingTable {
  const [, project, dataset, table] =
    /^(?:([a-z][a-z0-9.:-]{4,62})\.)?(\w{1,1024})\.([\w-]{1,1024})$/.exec(text) ?? [];
  if (dataset === undefined || table === undefined)
    throw new InvalidArgumentError("It takes dataset.table, or project.dataset.table.");
  return { dataset, table, ...(project === undefined ? {} : { project }) };
}

async function run(terminal: Terminal, options: CostOptions, command: Command): Promise<void> {
  const { eventsPerDay, fromDeployment, days, billingTable: table, project, dataset } = options;
  if (fromDeployment) return printDeployment(terminal, options);
  if ([days, table, project, dataset].some((value) => value !== undefined))
    command.error("error: --days, --billing-table, --project and --dataset go with --from-deployment");
  if (eventsPerDay === undefined)
    command.error(
      "error: required option '-e, --events-per-day <numbers...>' not specified, nor --from-deployment",
    );
  await terminal.out(print(options, eventsPerDay));
}

async function printDeployment(terminal: Terminal, options: CostOptions): Promise<void> {
  const { days = 30, billingTable: table, assume = {}, price, freeTier, json, markdown } = options;
  const { eventBytes, types, hours, windowSeconds, retentionDays, secrets, receiver, loadBalancer } = options;
  const place = warehousePlace(terminal.env, options);
  const stop = spin("counting", terminal);
  try {
    const outcome = await costOfDeployment(openSources(place), {
      days,
      billingTable: table,
      workload: {
        eventBytes,
        types,
        hours,
        windowSeconds,
        retentionDays,
        secrets,
        ...(receiver === undefined ? {} : { receiver }),
        ...(loadBalancer === undefined ? {} : { loadBalancer }),
      },
      settings: defaults(windowSeconds).settings,
      assume,
      prices: priceList(price),
      freeTier,
    });
    stop();
    const style = markdown ? "markdown" : "terminal";
    await terminal.out(json ? deploymentJson(outcome) : renderDeployment(outcome, style));
  } catch (error) {
    throw withAdvice(error, place);
  } finally {
    stop();
  }
}

function print(
  { assume, price, freeTier, json, markdown, ...rest }: CostOptions,
  all: readonly [number, ...number[]],
): string {
  const prices = priceList(price);
  const one = (eventsPerDay: number): Estimate => {
    const workload: Workload = { ...rest, eventsPerDay };
    return estimate(
      { workload, settings: defaults(workload.windowSeconds).settings, assumed: assumed(assume) },
      prices,
      freeTier,
    );
  };
  const estimates = all.map(one);
  const style = markdown ? "markdown" : "terminal";
  if (json) return asJson(estimates, prices);
  return all.length === 1 ? renderOne(one(all[0]), style) : renderSizes(estimates, style);
}

function names<Name extends string>(list: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(list) as Name[];
}
