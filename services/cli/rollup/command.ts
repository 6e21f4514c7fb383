/** `pullhouse rollup`: counts days into the rollups that the loader has not counted yet, or all of them again. */
import { Command } from "commander";
import { systemClock } from "#services/shared/clock.ts";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import { createQuestioner, isNotFound } from "#services/shared/gcp/query.ts";
import { createNewId } from "#services/shared/ids.ts";
import { rollupStatement, spanOfDays } from "#services/shared/rollup/bounded.ts";
import { dueDays, ensureRollups, rollUpDays, together } from "#services/shared/rollup/count.ts";
import type { DayState } from "#services/shared/rollup/days.ts";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { momentOf } from "../ask/values.ts";
import { DEFAULT_DATASET, warehousePlace } from "../place.ts";
import { showProgress, spin } from "../progress.ts";
import { priceText } from "../query/price.ts";
import { withAdvice } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";

interface RollupOptions {
  readonly from?: string;
  readonly to?: string;
  readonly again?: true;
  readonly dryRun?: true;
  readonly project?: string;
  readonly dataset?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse rollup --dry-run                      # which days are not counted; bytes and price
  $ pullhouse rollup                                # counts them now
  $ pullhouse rollup --again                        # counts every day again
  $ pullhouse rollup --again --from 2026-11-01 --to 2026-11-30

The loader counts the days that are over by itself, 20 minutes past the hour, and again when events came late; days of before
the version that has rollups it leaves to this command. Questions take what is counted from the daily_ tables and count the
rest from the events, so that no answer waits for this. It can be stopped and repeated.`;

export function rollupCommand(terminal: Terminal): Command {
  return new Command("rollup")
    .summary("count days into the tables that questions read")
    .description("Counts the days (UTC) that are over into the daily_ tables, those that are not up to date.")
    .option("--from <day>", "first day, 2026-11-20 in UTC (default: the first with events)")
    .option("--to <day>", "last day (default: yesterday)")
    .option("--again", "count days that are up to date as well")
    .option("-n, --dry-run", "say which days, how many bytes it would read, and the price; change nothing")
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .addHelpText("after", EXAMPLES)
    .action((options: RollupOptions) => run(terminal, options));
}

const REQUEST_TIMEOUT_MS = 60_000;
/** A person waits; counting a month of a large registry may take some minutes. */
const JOB_TIMEOUT_MS = 30 * 60_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

async function run(terminal: Terminal, options: RollupOptions): Promise<void> {
  const { from, to } = { from: dayOption("from", options.from), to: dayOption("to", options.to) };
  const place = warehousePlace(terminal.env, options);
  try {
    const folder = readSchemasFolder(new EnvReader(terminal.env));
    const registry = loadRegistry(folder);
    const ports = {
      questioner: createQuestioner(place),
      // Nothing is loaded from a bucket.
      warehouse: createWarehouse({
        ...place,
        bucket: "",
        clock: systemClock,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        jobTimeoutMs: JOB_TIMEOUT_MS,
      }),
      clock: systemClock,
      newId: createNewId(),
      rollups: loadRollups(registry, folder),
      dataset: `${place.project}.${place.dataset}`,
    };
    const wanted = ({ day }: DayState) => (from ?? "") <= day && (to === undefined || day <= to);
    if (!options.dryRun) await ensureRollups(ports);
    const days = (
      await dueDays(ports, options.again === true).finally(spin("looking at the days", terminal))
    ).filter(wanted);
    const groups = together(days);
    if (options.dryRun) {
      let bytes = 0;
      for (const group of groups)
        for (const rollup of ports.rollups.all)
          bytes += await ports.questioner.estimate({
            sql: rollupStatement(rollup, ports.rollups, ports.dataset, spanOfDays(group)),
          });
      return await terminal.out(`${daysText(days)}${days.length === 0 ? "" : `: ${priceText(bytes)}`}\n`);
    }
    if (days.length === 0) return await terminal.out(`${daysText(days)}\n`);
    const progress = showProgress({
      label: "counting days",
      total: days.length,
      live: terminal.live,
      line: (text) => terminal.error(`${text}\n`),
    });
    let counted = 0;
    try {
      for (const group of groups) {
        if (terminal.signal.aborted) break;
        await rollUpDays(group, ports);
        counted += group.length;
        progress.update(counted);
      }
    } finally {
      progress.stop();
    }
    await terminal.out(
      counted < days.length
        ? `stopped after ${counted} days; the same command goes on\n`
        : `counted ${daysText(days)}\n`,
    );
  } catch (error) {
    if (!isNotFound(error)) throw withAdvice(error, place);
    const message = `the tables of the rollups are missing: pullhouse rollup makes them\n${reasonOf(error)}`;
    throw new PipelineError("WAREHOUSE_REFUSED", "never", message, { cause: error });
  }
}

function daysText(days: readonly DayState[]): string {
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  if (first === undefined) return "every day is counted";
  return days.length === 1 ? `1 day, ${first}` : `${days.length} days, ${first} to ${last}`;
}

function dayOption(name: string, text: string | undefined): string | undefined {
  if (text === undefined || (DAY.test(text) && momentOf(text, 0) !== undefined)) return text;
  throw new PipelineError("CONFIG_INVALID", "never", `--${name}: it takes a day (2026-11-20), not ${text}`);
}
