/** `pullhouse cost`: what a month on Google Cloud costs, by item. */
import { Command, Option } from "commander";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { EnvReader, readServiceConfig } from "#services/shared/config.ts";
import { RECEIVER_SHAPES } from "#services/shared/receiver-shape.ts";
import type { Terminal } from "../terminal.ts";
import { ASSUMPTIONS, type Assumed, assumed, MADE_UP_EVENT_BYTES } from "./assumptions.ts";
import type { Settings } from "./calls.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { asJson } from "./json.ts";
import { amount, decimal, setting } from "./numbers.ts";
import { PRICES, type PriceName, priceList } from "./prices.ts";
import { renderOne, renderSizes } from "./render.ts";
import type { Workload } from "./traffic.ts";

interface CostOptions extends Omit<Workload, "eventsPerDay"> {
  readonly eventsPerDay: readonly [number, ...number[]];
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
  $ pullhouse cost --events-per-day 1M --assume loaderSeconds=6 --price alertMetrics=0.35

It asks nobody and needs no credentials. Prices, with their dates and sources, are those of us-central1; docs/operate/cost.md says
how the model counts.
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
    .requiredOption("-e, --events-per-day <numbers...>", "events a day; several are compared", sizes)
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
    .action((options: CostOptions) => terminal.out(print(options)));
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

function print({ eventsPerDay: all, assume, price, freeTier, json, markdown, ...rest }: CostOptions): string {
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

/** Of a deployment that sets nothing; the names are only there because the services ask for them. */
function defaults(windowSeconds?: number): { settings: Settings; windowSeconds: number } {
  const env = {
    GOOGLE_CLOUD_PROJECT: "any-project",
    GCS_BUCKET: "any-bucket",
    BATCHER_URL: "https://batcher.example",
    LOADER_URL: "https://loader.example",
    ...(windowSeconds === undefined ? {} : { WINDOW_SECONDS: String(windowSeconds) }),
  };
  return {
    settings: { drain: readBatcherConfig(env).limits, load: readLoaderConfig(env).limits },
    windowSeconds: readServiceConfig(new EnvReader(env), 0).windowMs / 1000,
  };
}

function names<Name extends string>(list: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(list) as Name[];
}
