/** `pullhouse import`: the history that Chainguard's example recorder has left. */
import { Command } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import { openWorkshop, type PlaceOptions } from "../archive/workshop.ts";
import { MOMENTS, momentOf } from "../ask/values.ts";
import { bucketPlace, DEFAULT_DATASET } from "../place.ts";
import { showProgress, spin } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import type { Imported } from "./imported.ts";
import { createLeftOuts, type LeftOuts } from "./left-out.ts";
import { type Hooks, importFiles } from "./run.ts";
import { filesAt, type ImportFile, type LeftOut } from "./sources.ts";
import { createTypeOf } from "./type-of.ts";

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
  $ pullhouse import gs://old-bucket/ --type dev.chainguard.registry.pull.v1

Each line is the data of one event, plain or gzip. The id is the digest of the line, the time is the data's own. Importing
twice adds nothing. Files in another type's folder are left out, and lines that do not fit become rows of rejected_events.
docs/operate/replay.md says what becomes of each column.`;

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

/** At most so many places are named of what does not fit, and of what is left out. */
const NAMED_MAX = 10;

async function run(terminal: Terminal, places: string[], options: ImportCommandOptions): Promise<void> {
  const workshop = openWorkshop(terminal, options);
  const { registry } = workshop;
  const { type } = options;
  const table = registry.find(type);
  if (table === undefined) throw new PipelineError("CONFIG_INVALID", "never", `${type} has no schema file`);
  const before = options.before === undefined ? Infinity : momentOf(options.before, Date.now());
  if (before === undefined)
    throw new PipelineError(
      "CONFIG_INVALID",
      "never",
      `--before: it takes ${MOMENTS}, not ${options.before}`,
    );
  const { bucket: _, ...access } = bucketPlace(terminal.env, options);
  const wanted = { type, typeOf: createTypeOf(registry) };
  const files = (leaveOut: (one: LeftOut) => void) => filesAt(places, access, wanted, leaveOut);
  const stop = spin("listing the files", terminal);
  const total = await sizeOf(files(() => {})).finally(stop);
  const line = (text: string) => terminal.error(`${text}\n`);
  const bar = showProgress({ label: "bytes", total: Math.max(1, total), live: terminal.live, line });
  const rejected = createNamed();
  const leftOut = createNamed();
  let read = 0;
  const hooks: Hooks = {
    signal: terminal.signal,
    onBytes: (bytes) => bar.update(Math.min((read += bytes), total)),
    onBroken: (path, reason) => line(`${path} is broken: ${reason}`),
    onRejected: (place, reason) => rejected.add(`${place}: ${reason}`),
  };
  const leftOuts = createLeftOuts(registry, { ...hooks, onLeftOut: (text) => leftOut.add(text) });
  const settings = { table, source: options.source, before, dryRun: options.dryRun === true };
  const imported = await importFiles(
    files((one) => leftOuts.add(one)),
    settings,
    workshop,
    hooks,
  ).finally(() => bar.stop());
  for (const text of [...leftOut.lines(), ...rejected.lines()]) line(text);
  for (const text of summary(imported, leftOuts, table.table, options)) await terminal.out(`${text}\n`);
  if (terminal.signal.aborted) await terminal.out("stopped; the same command goes on\n");
  else if (imported.files + imported.broken + leftOuts.unreadable === 0)
    throw new PipelineError("CONFIG_INVALID", "never", `there is nothing of ${type} at ${places.join(", ")}`);
  if (imported.broken + leftOuts.unreadable > 0) process.exitCode = 1;
}

/** One line for each thing that was found, none for what was not. */
function summary(
  imported: Imported,
  leftOuts: LeftOuts,
  table: string,
  { before, dryRun }: ImportCommandOptions,
): readonly string[] {
  const { files, lines, fitting, minTime, maxTime, inserted } = imported;
  const span = minTime > maxTime ? "" : `, from ${isoOf(minTime)} to ${isoOf(maxTime)}`;
  const counted: readonly (readonly [number, string])[] = [
    [imported.empty, "files are empty"],
    [imported.broken + leftOuts.unreadable, "files are broken or cannot be read: mend them and repeat"],
    [imported.rejected, "do not fit: rejected_events"],
    [imported.later, `are not before ${before}: left out`],
    [imported.known, "were imported by an older version under the name of their file: left out"],
    [imported.untimed, "have no readable time in body.when: their ce_time is NULL"],
    [
      imported.far,
      "happened more than ten years before, or two days after, their file was written: their ce_time is NULL",
    ],
  ];
  return [
    `${files} files, ${lines} lines: ${fitting} fit ${table}${span}`,
    ...leftOuts.lines(),
    ...counted.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`),
    dryRun ? "nothing was written" : `${inserted} rows are new in ${table}`,
  ];
}

const isoOf = (time: number) => new Date(time).toISOString();

/** The first ones, and how many more there are. */
function createNamed() {
  const named: string[] = [];
  let more = 0;
  return {
    add(text: string): void {
      if (named.length < NAMED_MAX) named.push(text);
      else more += 1;
    },
    lines: () => (more > 0 ? [...named, `and ${more} more`] : named),
  };
}

async function sizeOf(files: AsyncIterable<ImportFile>): Promise<number> {
  let bytes = 0;
  for await (const { size } of files) bytes += size;
  return bytes;
}
