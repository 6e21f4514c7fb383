/** `pullhouse cost`: what a month on Google Cloud costs, by item. */
import { Command, Option } from "commander";
import { RECEIVER_SHAPES } from "#services/shared/receiver-shape.ts";
import { DEFAULT_DATASET } from "../place.ts";
import type { Terminal } from "../terminal.ts";
import { ASSUMPTIONS, type Assumed, assumed, MADE_UP_EVENT_BYTES } from "./assumptions.ts";
import { deploymentJson, renderDeployment } from "./deployment/render.ts";
import { billingTable, costOfDeployment, type DeploymentOptions } from "./deployment/run.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { asJson } from "./json.ts";
import { amount, decimal, setting } from "./numbers.ts";
import { PRICES, type PriceName, priceList } from "./prices.ts";
import { renderOne, renderSizes } from "./render.ts";
import { defaults } from "./settings.ts";
import type { Workload } from "./traffic.ts";

interface CostOptions
  extends Omit<Workload, "eventsPerDay">,
    Pick<DeploymentOptions, "days" | "billingTable" | "project" | "dataset"> {
  readonly eventsPerDay?: readonly [number, ...number[]];
  readonly fromDeployment?: true;
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
  $ pullhouse cost --from-deployment                          # with what was counted in the last 30 days
  $ pullhouse cost --from-deployment --project my-project --days 7 --markdown
  $ pullhouse cost --from-deployment --billing-table my-project.billing.gcp_billing_export_v1_01AB23_45CD67_89EF01

Without --from-deployment it makes no requests and needs no credentials. With it, it reads the table loads, the tables'
metadata, INFORMATION_SCHEMA.JOBS (roles/bigquery.resourceViewer; without it bytes and seconds of jobs stay assumed) and
the billing export, if one is named. It prints how many bytes it read. Counts replace assumptions that you don't give.
Prices, with their dates and sources, are those of us-central1; docs/operate/cost.md says how the model counts.
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
    .addOption(
      new Option("-e, --events-per-day <numbers...>", "events a day; several are compared")
        .argParser(sizes)
        .conflicts("fromDeployment"),
    )
    .option("--from-deployment", "count what a deployment did instead, and compare it with the assumptions")
    .option("--days <number>", "with --from-deployment: how many days back", amount(1, 180), 30)
    .option(
      "--billing-table <table>",
      "with --from-deployment: standard or detailed usage cost export, project.dataset.table",
      billingTable,
    )
    .option("-p, --project <id>", "with --from-deployment: Google Cloud project")
    .option(
      "-d, --dataset <name>",
      `with --from-deployment: dataset of the tables (default: ${DEFAULT_DATASET})`,
    )
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

/** Options that only a deployment answers. */
const OF_DEPLOYMENT = {
  days: "--days",
  billingTable: "--billing-table",
  project: "--project",
  dataset: "--dataset",
} as const;

async function run(terminal: Terminal, options: CostOptions, command: Command): Promise<void> {
  const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
  if (options.fromDeployment) {
    const given = new Set(Object.keys(options).filter(isGiven));
    return terminal.out(await printDeployment(terminal, options, given));
  }
  const misplaced = Object.entries(OF_DEPLOYMENT).find(([name]) => isGiven(name));
  if (misplaced) return command.error(`error: option '${misplaced[1]}' goes with '--from-deployment'`);
  if (options.eventsPerDay === undefined)
    return command.error("error: required option '-e, --events-per-day <numbers...>' not specified");
  return terminal.out(print(options, options.eventsPerDay));
}

async function printDeployment(
  terminal: Terminal,
  { assume = {}, price, freeTier, json, markdown, days, billingTable: table, ...rest }: CostOptions,
  given: ReadonlySet<string>,
): Promise<string> {
  const outcome = await costOfDeployment(terminal, {
    days,
    ...(table === undefined ? {} : { billingTable: table }),
    ...(rest.project === undefined ? {} : { project: rest.project }),
    ...(rest.dataset === undefined ? {} : { dataset: rest.dataset }),
    workload: workloadOf(rest),
    given,
    assume,
    prices: priceList(price),
    freeTier,
  });
  return json ? deploymentJson(outcome) : renderDeployment(outcome, markdown ? "markdown" : "terminal");
}

function print(options: CostOptions, all: readonly [number, ...number[]]): string {
  const { assume, price, freeTier, json, markdown } = options;
  const prices = priceList(price);
  const one = (eventsPerDay: number): Estimate => {
    const workload: Workload = { ...workloadOf(options), eventsPerDay };
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

function workloadOf(options: Omit<Workload, "eventsPerDay">): Omit<Workload, "eventsPerDay"> {
  const { eventBytes, types, windowSeconds, hours, retentionDays, secrets, receiver, loadBalancer } = options;
  return {
    eventBytes,
    types,
    windowSeconds,
    hours,
    retentionDays,
    secrets,
    ...(receiver === undefined ? {} : { receiver }),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
  };
}

function names<Name extends string>(list: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(list) as Name[];
}
