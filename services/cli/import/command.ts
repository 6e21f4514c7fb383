/** `pullhouse import`: the history that Chainguard's example recorder has left. */
import { Command } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import { openWorkshop, type PlaceOptions } from "../archive/workshop.ts";
import { MOMENTS, momentOf } from "../ask/values.ts";
import { bucketPlace, DEFAULT_DATASET } from "../place.ts";
import { showProgress, spin } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { type Hooks, importFiles } from "./run.ts";
import { filesAt, type ImportFile } from "./sources.ts";

interface ImportCommandOptions extends PlaceOptions {
  readonly type: string;
  readonly source: string;
  readonly before?: string;
  readonly dryRun?: true;
}

const EXAMPLES = `
Examples:
  $ pullhouse import ./recorder/ --type dev.chainguard.registry.pull.v1 --dry-run
  $ pullhouse import ./recorder/ --type dev.chainguard.registry.pull.v1 --before 2026-11-01
  $ pullhouse import gs://old-bucket/dev.chainguard.registry.pull.v1/ --type dev.chainguard.registry.pull.v1

Each line is the data of one event, plain or gzip. The id is the file's name where it is <type>/<date>/<id> and holds one
line, else the digest of the line; the time is the data's own. Importing twice adds nothing. Lines that do not fit become
rows of rejected_events. docs/replay.md says what becomes of each column.`;

export function importCommand(terminal: Terminal): Command {
  return new Command("import")
    .summary("bring in what Chainguard's example recorder has left")
    .description("Loads files of event data, without duplicates.")
    .argument("<places...>", "files, folders, or gs://bucket/prefix")
    .requiredOption("-t, --type <type>", "CloudEvents type of the events; it must have a schema file")
    .option("--source <source>", "CloudEvents source of the events", "cgr.dev")
    .option("--before <time>", `leave out events from then on: ${MOMENTS}`)
    .option("-n, --dry-run", "read and judge everything, write nothing")
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the pipeline's objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((places: string[], options: ImportCommandOptions) => run(terminal, places, options));
}

/** So many places of lines that do not fit are named. */
const NAMED = 10;

async function run(terminal: Terminal, places: string[], options: ImportCommandOptions): Promise<void> {
  const workshop = openWorkshop(terminal, options);
  const table = workshop.registry.find(options.type);
  if (table === undefined)
    throw new PipelineError("CONFIG_INVALID", "never", `${options.type} has no schema file`);
  const before = options.before === undefined ? Infinity : momentOf(options.before, Date.now());
  if (before === undefined)
    throw new PipelineError(
      "CONFIG_INVALID",
      "never",
      `--before: it takes ${MOMENTS}, not ${options.before}`,
    );
  const { bucket: _, ...access } = bucketPlace(terminal.env, options);
  const stop = spin("listing the files", terminal);
  const total = await sizeOf(filesAt(places, access)).finally(stop);
  const line = (text: string) => terminal.error(`${text}\n`);
  const bar = showProgress({ label: "bytes", total: Math.max(1, total), live: terminal.live, line });
  const rejected: string[] = [];
  let read = 0;
  const hooks: Hooks = {
    signal: terminal.signal,
    onBytes: (bytes) => bar.update(Math.min((read += bytes), total)),
    onBroken: (path, reason) => line(`${path} is broken: ${reason}`),
    onRejected: (place, reason) => {
      if (rejected.length < NAMED) rejected.push(`${place}: ${reason}`);
    },
  };
  const settings = { table, source: options.source, before, dryRun: options.dryRun === true };
  const imported = await importFiles(filesAt(places, access), settings, workshop, hooks).finally(() =>
    bar.stop(),
  );

  const { lines, fitting, later, inserted, minTime, maxTime } = imported;
  for (const place of rejected) line(place);
  if (imported.rejected > NAMED) line(`and ${imported.rejected - NAMED} more`);
  const span = minTime === null ? "" : `, from ${minTime} to ${maxTime}`;
  const out = (text: string) => terminal.out(`${text}\n`);
  await out(`${imported.files} files, ${lines} lines: ${fitting} fit ${table.table}${span}`);
  if (imported.broken > 0) await out(`${imported.broken} files are broken: mend them and repeat`);
  if (imported.rejected > 0) await out(`${imported.rejected} do not fit: rejected_events`);
  if (later > 0) await out(`${later} are not before ${options.before}: left out`);
  if (options.dryRun) await out("nothing was written");
  else await out(`${inserted} rows are new in ${table.table}`);
  if (terminal.signal.aborted) await out("stopped; the same command goes on");
  if (imported.broken > 0) process.exitCode = 1;
}

async function sizeOf(files: AsyncIterable<ImportFile>): Promise<number> {
  let bytes = 0;
  for await (const { size } of files) bytes += size;
  return bytes;
}
