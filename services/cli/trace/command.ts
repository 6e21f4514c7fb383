/** `pullhouse trace`: the way of one event, or of the events of a trace. */
import { Command, CommanderError } from "commander";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createQuestioner } from "#services/shared/gcp/query.ts";
import type { PlaceOptions } from "../archive/workshop.ts";
import { MOMENTS, momentOf } from "../ask/values.ts";
import { openBucketPorts } from "../dead-letters/files.ts";
import { bucketPlace, DEFAULT_DATASET, localLogs, type WarehousePlace, warehousePlace } from "../place.ts";
import { spin } from "../progress.ts";
import type { Period } from "../prove/statements.ts";
import { priceText } from "../query/price.ts";
import { withAdvice } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";
import type { Report } from "./chain.ts";
import { follow, type Sources } from "./follow.ts";
import { logCommands } from "./log-commands.ts";
import { receiverLines } from "./receiver-log.ts";
import { reportText } from "./render.ts";
import { estimateRows } from "./rows.ts";
import { type Wanted, wantedOf } from "./wanted.ts";

interface TraceOptions extends PlaceOptions {
  readonly source?: string;
  readonly since: string;
  readonly until: string;
  readonly json?: true;
  readonly dryRun?: true;
}

const EXAMPLES = `
Examples:
  $ pullhouse trace 3b7e5f7c-2f3c-4a68-9d5f-0a1f3c1b2d4e        # by the event's id (ce-id)
  $ pullhouse trace 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01   # by the sender's traceparent
  $ pullhouse trace 4bf92f3577b34da6a3ce929d0e0e4736 --json | jq '.events[].end'
  $ pullhouse trace my-id --source https://registry.example --since 30d
  $ pullhouse trace my-id --project my-project --bucket my-bucket --dry-run   # bytes and price first

The chain: the receiver's answer, the message in Pub/Sub, the object in Cloud Storage, BigQuery's load and merge jobs, the
row. Where it ends early it says where the event is. Rows are looked for among those that were loaded in the period, in the
partitions that the books name; what waits is found whatever its age. On the local cloud the receiver's log is read,
on Google Cloud the command is printed that does. Nothing is changed.

Status: 0 when every event is a row of its type's table, 1 when one is not, 2 when that could not be found out.`;

export function traceCommand(terminal: Terminal): Command {
  return new Command("trace")
    .summary("follow one event from the sender to the row")
    .description("Follows an event, or the events of a trace, from the receiver to the row.")
    .argument("<id>", "an event's id, a trace's id (32 hexadecimal digits), or a traceparent")
    .option("-s, --source <ce-source>", "only events of this ce-source, where two senders use one id")
    .option("--since <time>", `rows that were loaded since: ${MOMENTS}`, "2d")
    .option("--until <time>", "rows that were loaded until", "now")
    .option("--json", "print one JSON document")
    .option("-n, --dry-run", "print how many bytes looking for rows would read, and the price")
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((text: string, options: TraceOptions) => run(terminal, text, options));
}

/** What cannot be found out ends with 2, so that it is not taken for an event that is not there. */
const STATUS_UNKNOWN = 2;
const REQUEST_TIMEOUT_MS = 60_000;

async function run(terminal: Terminal, text: string, options: TraceOptions): Promise<void> {
  const wanted = wantedOf(text, options.source);
  const period = periodOf(options, Date.now());
  const place = warehousePlace(terminal.env, options);
  try {
    const sources = await openSources(terminal, options, place, wanted);
    if (options.dryRun) return await estimate(terminal, sources, wanted, period);
    const report = await watched(terminal, sources, wanted, period);
    const commands =
      place.address === undefined ? logCommands(place.project, wanted, report.chains, period.since) : [];
    await terminal.out(options.json ? json(report, commands) : reportText(report, commands));
    if (!isThere(report)) process.exitCode = 1;
  } catch (error) {
    const advised = withAdvice(error, place);
    const message = advised instanceof PipelineError ? advised.message : stackOf(error);
    terminal.error(`pullhouse: ${message}\n`);
    throw new CommanderError(STATUS_UNKNOWN, "pullhouse.trace", message);
  }
}

/** Whether every event is a row; a refusal is history once the sender's next try was accepted. */
function isThere({ chains }: Report): boolean {
  const events = chains.filter(({ end }) => end !== "refused");
  return events.length > 0 && events.every(({ end }) => end === "row");
}

async function openSources(
  terminal: Terminal,
  options: TraceOptions,
  place: WarehousePlace,
  wanted: Wanted,
): Promise<Sources> {
  const bucket = { ...bucketPlace(terminal.env, options), requestTimeoutMs: REQUEST_TIMEOUT_MS };
  return {
    dataset: place.dataset,
    questioner: createQuestioner(place),
    ...openBucketPorts(bucket),
    lines: place.address === undefined ? undefined : await receiverLines(localLogs(terminal.env), wanted),
  };
}

/** A fault of ours. */
function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || reasonOf(error);
}

async function watched(
  terminal: Terminal,
  sources: Sources,
  wanted: Wanted,
  period: Period,
): Promise<Report> {
  let stop = () => {};
  try {
    return await follow(sources, wanted, period, (step) => {
      stop();
      stop = spin(`looking at ${step}`, terminal);
    });
  } finally {
    stop();
  }
}

/** @throws PipelineError CONFIG_INVALID */
function periodOf({ since, until }: TraceOptions, now: number): Period {
  const moment = (option: string, text: string) => {
    const at = momentOf(text, now);
    if (at !== undefined) return at;
    throw new PipelineError("CONFIG_INVALID", "never", `${option}: it takes ${MOMENTS}, not ${text}`);
  };
  const period = { since: moment("--since", since), until: moment("--until", until) };
  if (period.since >= period.until)
    throw new PipelineError("CONFIG_INVALID", "never", "--since has to be before --until");
  return period;
}

async function estimate(
  terminal: Terminal,
  sources: Sources,
  { ceId, source }: Wanted,
  period: Period,
): Promise<void> {
  const bytes = await estimateRows(sources, ceId === undefined ? [""] : [ceId], source, period);
  await terminal.out(`${priceText(bytes)}; beside it the table loads, and the lists of what waits\n`);
}

function json({ chains, ...others }: Report, commands: readonly string[]): string {
  return `${JSON.stringify({ events: chains, ...others, commands }, null, 2)}\n`;
}
