/** `pullhouse prove`: whether every message that was drained is accounted for. */
import { Command, CommanderError } from "commander";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { isNotFound } from "#services/shared/gcp/query.ts";
import { MOMENTS, momentOf } from "../ask/values.ts";
import { LATE_AFTER, seconds } from "../late.ts";
import { DEFAULT_DATASET } from "../place.ts";
import { spin } from "../progress.ts";
import { withAdvice } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";
import { estimate } from "./estimate.ts";
import { provePlaces } from "./places.ts";
import { isBalanced, isWell, type Proof, startOfHour } from "./proof.ts";
import { openSources, type Places, prove } from "./prove.ts";
import { proofText } from "./render.ts";
import type { Period } from "./statements.ts";

interface ProveOptions {
  readonly since: string;
  readonly json?: true;
  readonly hours?: true;
  readonly dryRun?: true;
  readonly deep?: true;
  readonly type?: string;
  readonly lateAfter?: number;
  readonly project?: string;
  readonly dataset?: string;
  readonly bucket?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse prove                                # the last seven days, by type
  $ pullhouse prove --since 24h --hours            # hour by hour
  $ pullhouse prove --since 30d --json | jq .findings
  $ pullhouse prove --deep --since 90d --type dev.chainguard.registry.pull.v1
  $ pullhouse prove --deep --dry-run               # objects, bytes and price first
  $ pullhouse prove --project my-project --bucket my-bucket --dry-run   # bytes and price first

For every hour and type: messages drained = rows inserted + duplicates + rejected + quarantined + still pending.
It lists the objects of the period and the marks, reads the table loads, and counts the rows in the tables
(the columns ce_time and loaded_at of the days that were loaded). Of loads with duplicates it looks for the keys of their
events. --deep does so for all loads: it puts the keys of the archive into a table of the staging dataset, which it removes
again. Nothing else is changed. Accepted events that wait (queue, spill/, pending/, dead letters) are told apart.

Status: 0 when the books balance and nothing waits for too long, 1 when they do not or something does, 2 when that
could not be found out. See docs/operate/prove.md.`;

export function proveCommand(terminal: Terminal): Command {
  return new Command("prove")
    .summary("balance what was drained with what was loaded")
    .description("Proves from the books that every message is accounted for, or names what is not.")
    .option("--since <time>", `from when, down to the full hour: ${MOMENTS}`, "7d")
    .option("-t, --type <type>", "events of this type only (default: all types)")
    .option("--deep", "compare the keys of every archived event with the tables")
    .option("--late-after <seconds>", LATE_AFTER, seconds)
    .option("--hours", "print every hour and type")
    .option("--json", "print one JSON document")
    .option(
      "-n, --dry-run",
      "print how many bytes it would read, and the price; reads the table loads, and with --deep lists the objects",
    )
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((options: ProveOptions) => run(terminal, options));
}

/** What cannot be found out ends with 2, so that it is not taken for a difference. */
const STATUS_UNKNOWN = 2;

async function run(terminal: Terminal, options: ProveOptions): Promise<void> {
  const { type, lateAfter: late } = options;
  const places = provePlaces(terminal.env, {
    ...options,
    ...(late === undefined ? {} : { lateAfterMs: 1_000 * late }),
  });
  const period = { ...periodOf(options.since, Date.now()), ...(type === undefined ? {} : { type }) };
  try {
    const deep = options.deep === true;
    if (options.dryRun) {
      for await (const line of estimate(openSources(places), period, deep)) await terminal.out(line);
      return;
    }
    const proof = await watched(terminal, places, period, deep);
    await terminal.out(options.json ? json(proof) : proofText(proof, options.hours === true));
    if (!isWell(proof)) process.exitCode = 1;
  } catch (error) {
    // Ctrl-C: what it had made is gone again.
    if (terminal.signal.aborted) return;
    const message = error instanceof PipelineError ? adviceFor(error, places).message : stackOf(error);
    terminal.error(`pullhouse: ${message}\n`);
    throw new CommanderError(STATUS_UNKNOWN, "pullhouse.prove", message);
  }
}

/** A fault of ours. */
function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || reasonOf(error);
}

async function watched(terminal: Terminal, places: Places, period: Period, deep: boolean): Promise<Proof> {
  let stop = () => {};
  try {
    const onStep = (step: string) => {
      stop();
      stop = spin(step, terminal);
    };
    return await prove(openSources(places), period, { deep, signal: terminal.signal, onStep });
  } finally {
    stop();
  }
}

/** @throws PipelineError CONFIG_INVALID */
function periodOf(since: string, now: number): Period {
  const at = momentOf(since, now);
  if (at === undefined)
    throw new PipelineError("CONFIG_INVALID", "never", `--since: it takes ${MOMENTS}, not ${since}`);
  return { since: startOfHour(at), until: now };
}

/** One line of JSON, times in ISO 8601. */
function json(proof: Proof): string {
  const iso = (at: number) => new Date(at).toISOString();
  const { since, until, hours, findings, leftOver, warnings, waiting } = proof;
  const rows = hours.map((hour) => ({ ...hour, hour: iso(hour.hour) }));
  const document = {
    balanced: isBalanced(proof),
    since: iso(since),
    until: iso(until),
    hours: rows,
    findings,
    leftOver,
    warnings,
    waiting: waiting.map(({ place, count, oldestMs, isLate, unknown }) => ({
      place,
      count: count ?? null,
      oldestSeconds: oldestMs === undefined ? null : Math.floor(oldestMs / 1000),
      late: isLate,
      ...(unknown === undefined ? {} : { unknown }),
    })),
  };
  return `${JSON.stringify(document)}\n`;
}

function adviceFor(error: PipelineError, { warehouse, bucket }: Places): Error {
  if (isNotFound(error)) {
    const advice = `there is no table loads in ${warehouse.project}.${warehouse.dataset}: nothing has been loaded there yet, or it is another dataset (--project, --dataset)`;
    return new Error(`${advice}\n${error.message}`);
  }
  if (error.code === "STORE_UNAVAILABLE" && bucket.address !== undefined)
    return new Error(
      `nothing answers for the bucket ${bucket.bucket} at ${bucket.address}: start the pipeline with \`make up\`, or name a project with --project\n${error.message}`,
    );
  return withAdvice(error, warehouse) as Error;
}
