/** `pullhouse replay`: rows out of the archive, again. */
import { Command } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { loadMarked } from "../archive/load-marked.ts";
import type { Days } from "../archive/objects.ts";
import { openWorkshop, type PlaceOptions, type Workshop } from "../archive/workshop.ts";
import { DEFAULT_DATASET } from "../place.ts";
import { showProgress, spin } from "../progress.ts";
import { bytesText } from "../query/price.ts";
import type { Terminal } from "../terminal.ts";
import { daysOf } from "./days.ts";
import { fillColumns } from "./fill-columns.ts";
import { loadAgain } from "./load-again.ts";
import { moveFitting, removeMoved } from "./move.ts";
import { otherTable, workshopInto } from "./other-table.ts";
import { type Survey, survey } from "./survey.ts";

interface ReplayOptions extends PlaceOptions {
  readonly type: string;
  readonly from?: string;
  readonly to?: string;
  readonly into?: string;
  readonly update?: true;
  readonly dryRun?: true;
}

const EXAMPLES = `
Examples:
  $ pullhouse replay --type dev.chainguard.registry.pull.v1 --dry-run        # objects, rows, days, bytes
  $ pullhouse replay --type dev.chainguard.registry.pull.v1                  # the table was dropped
  $ pullhouse replay --type dev.chainguard.registry.pull.v1 --from 2026-11-01 --into pulls_of_november
  $ pullhouse replay --type com.example.built.v1                             # its schema came late
  $ pullhouse replay --type com.example.built.v1 --update                    # its schema got more columns

Every archived object of the type is loaded again, by the loader's own steps: an event that has its row gets no second
one. Events of the type that had no table, or did not fit it, and now do, move into it. It can be stopped and repeated;
what is marked by then, the loader loads. Days are those on which the events were archived.`;

export function replayCommand(terminal: Terminal): Command {
  return new Command("replay")
    .summary("rebuild rows from the archive")
    .description("Loads archived events again: after a table was dropped, or a schema came late or grew.")
    .requiredOption("-t, --type <type>", "CloudEvents type; it must have a schema file")
    .option("--from <day>", "first day, 2026-11-20 in UTC (default: the oldest)")
    .option("--to <day>", "last day (default: today)")
    .option("--into <table>", "load into this table instead of the type's own")
    .option("--update", "also fill columns that are NULL where `extra` has their field")
    .option("-n, --dry-run", "say what there is, change nothing")
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((options: ReplayOptions) => run(terminal, options));
}

async function run(terminal: Terminal, options: ReplayOptions): Promise<void> {
  const workshop = openWorkshop(terminal, options);
  const { registry } = workshop;
  const own = registry.find(options.type);
  if (own === undefined) {
    const known = "`pullhouse schema infer` drafts one from samples, docs/use/adding-a-type.md";
    throw new PipelineError("CONFIG_INVALID", "never", `${options.type} has no schema file: ${known}`);
  }
  const days = daysOf(options);
  const stop = spin("listing the archive", terminal);
  const found = await survey(workshop.list, own.type, days).finally(stop);
  if (options.dryRun) return dryRun(terminal, workshop, own, days, found, options);

  if (options.into !== undefined) {
    const table = otherTable(options.into, own, registry);
    return load(terminal, workshopInto(table, workshop), table, days, found);
  }
  await load(terminal, workshop, own, days, found);
  for (const raw of [registry.unregistered, registry.rejected]) {
    if (!terminal.signal.aborted) await move(terminal, workshop, raw, own, days);
  }
  if (options.update && !terminal.signal.aborted) {
    const filled = await fillColumns(own, workshop);
    for (const { column, rows } of filled)
      await terminal.out(`${own.table}: ${column} got its value out of extra in ${rows} rows\n`);
    if (filled.length === 0) await terminal.out(`${own.table}: nothing in extra waits for a column\n`);
  }
  if (terminal.signal.aborted)
    await terminal.out("stopped; the same command goes on, and so does the loader\n");
}

async function dryRun(
  terminal: Terminal,
  workshop: Workshop,
  table: EventTable,
  days: Days,
  { objects, rows, bytes, first, last }: Survey,
  { into, update }: ReplayOptions,
): Promise<void> {
  const name = into === undefined ? table.table : otherTable(into, table, workshop.registry).table;
  const span = first === undefined ? "" : `, archived from ${first} to ${last}`;
  await terminal.out(`${table.type}: ${objects} objects, ${rows} rows, ${bytesText(bytes)}${span}\n`);
  if (into === undefined) {
    for (const raw of [workshop.registry.unregistered, workshop.registry.rejected]) {
      const { fitting, staying } = await moveFitting(raw, table, days, workshop, true);
      await terminal.out(`${raw.table}: ${fitting} of its events fit now, ${staying} stay\n`);
    }
  }
  await terminal.out(`they would be loaded into ${name}${update ? ", and its columns filled" : ""}\n`);
}

async function load(
  terminal: Terminal,
  workshop: Workshop,
  table: EventTable,
  days: Days,
  { objects }: Survey,
): Promise<void> {
  await workshop.warehouse.ensureTable(tableSpec(table));
  const { live, signal } = terminal;
  const line = (text: string) => terminal.error(`${text}\n`);
  const total = Math.max(1, objects);
  const bar = showProgress({ label: "objects", total, live, line });
  // Objects may have come since they were counted.
  const onObjects = (done: number) => bar.update(Math.min(done, total));
  const { rows, inserted, quarantined } = await loadAgain(table, days, workshop, signal, onObjects).finally(
    () => bar.stop(),
  );
  const aside = quarantined > 0 ? `, ${quarantined} objects set aside` : "";
  await terminal.out(`${table.table}: ${rows} rows read, ${inserted} were new${aside}\n`);
  if (quarantined > 0) process.exitCode = 1;
}

async function move(
  terminal: Terminal,
  workshop: Workshop,
  raw: EventTable,
  table: EventTable,
  days: Days,
): Promise<void> {
  const stop = spin(`looking through ${raw.table}`, terminal);
  try {
    const moved = await moveFitting(raw, table, days, workshop, false);
    if (moved.fitting === 0) return;
    const { inserted } = await loadMarked(table, workshop, terminal.signal);
    if (terminal.signal.aborted) return;
    await workshop.warehouse.ensureTable(tableSpec(raw));
    const gone = await removeMoved(raw, table, moved, workshop);
    stop();
    const staying = moved.staying === 0 ? "" : `, ${moved.staying} still do not fit`;
    await terminal.out(
      `${raw.table}: ${moved.fitting} events fit now, ${inserted} were new, ${gone} rows moved out${staying}\n`,
    );
  } finally {
    stop();
  }
}
