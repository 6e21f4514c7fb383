/** `pullhouse report`: the ready questions on one page, for people who have never seen the project. */
import { access, constants, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createQuestioner } from "#services/shared/gcp/query.ts";
import { createPreparer } from "../ask/prepare.ts";
import { loadQuestions } from "../ask/questions.ts";
import { parameterValues } from "../ask/values.ts";
import { DEFAULT_DATASET, type WarehousePlace, warehousePlace } from "../place.ts";
import { showProgress } from "../progress.ts";
import { priceText } from "../query/price.ts";
import { withAdvice } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";
import { estimate, gather, QUESTIONS_IN_REPORT } from "./gather.ts";
import { pageOf } from "./page.ts";

interface ReportOptions {
  readonly since: string;
  readonly until: string;
  readonly output: string;
  readonly dryRun?: true;
  readonly project?: string;
  readonly dataset?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse report --since 30d -o report.html
  $ pullhouse report --since 2026-11-01 --until 2026-11-30 -o november.html
  $ pullhouse report --until today                     # whole days, which are counted already: the cheapest
  $ pullhouse report --project my-project --dry-run    # bytes and price first
  $ pullhouse report -o - | gzip > report.html.gz

The page is one file without scripts or links: it can be mailed, printed, and opened from a disk.`;

export function reportCommand(terminal: Terminal): Command {
  return new Command("report")
    .summary("one page with charts of who pulled what")
    .description("Asks the ready questions and writes their answers as one HTML page.")
    .option("--since <time>", "from when: 12h, 7d, 4w, a day or a time (RFC 3339)", "30d")
    .option("--until <time>", "until when; a day is the end of that day, today is its beginning", "now")
    .option("-o, --output <file>", "where to; - is standard output", "report.html")
    .option("-n, --dry-run", "print how many bytes it would read, and the price, without running it")
    .option("-p, --project <id>", "Google Cloud project to ask")
    .option("-d, --dataset <name>", `dataset of the views (default: ${DEFAULT_DATASET})`)
    .addHelpText("after", EXAMPLES)
    .action((options: ReportOptions) => report(terminal, options));
}

async function report(terminal: Terminal, options: ReportOptions): Promise<void> {
  const place = warehousePlace(terminal.env, options);
  try {
    await (options.dryRun ? printBytes(terminal, place, options) : write(terminal, place, options));
  } catch (error) {
    if (terminal.signal.aborted) return;
    throw withAdvice(error, place);
  }
}

async function write(terminal: Terminal, place: WarehousePlace, options: ReportOptions): Promise<void> {
  const { since, until, output } = options;
  if (output !== "-") await writable(output);
  const now = Date.now();
  const questions = loadQuestions();
  const progress = showProgress({
    label: "asking",
    total: QUESTIONS_IN_REPORT,
    live: terminal.live,
    line: (text) => terminal.error(`${text}\n`),
  });
  const gathered = await gather({
    ...asking(terminal, place, options, now),
    questions,
    signal: terminal.signal,
    onAnswer: (answered) => progress.update(answered),
  }).finally(() => progress.stop());
  const times = parameterValues(gathered.summary.question, { since, until }, now);
  const page = pageOf(
    {
      place: `${place.project}.${place.dataset}`,
      since: times["since"]?.value ?? "",
      until: times["until"]?.value ?? "",
      made: new Date(now).toISOString(),
    },
    gathered,
  );
  if (output === "-") return terminal.out(page);
  await writePage(output, page);
  terminal.error(`${output}: ${gathered.sections.length} sections, ${QUESTIONS_IN_REPORT} questions\n`);
}

/** Said before anything is asked: a report costs time and money. */
const writable = (file: string) => orRefused(access(dirname(resolve(file)), constants.W_OK));

const writePage = (file: string, page: string) => orRefused(writeFile(file, page));

async function orRefused(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    const message = `the report cannot be written: ${reasonOf(error)}; choose another place with --output`;
    throw new PipelineError("CONFIG_INVALID", "never", message, { cause: error });
  }
}

async function printBytes(terminal: Terminal, place: WarehousePlace, options: ReportOptions): Promise<void> {
  const bytes = await estimate({
    ...asking(terminal, place, options, Date.now()),
    questions: loadQuestions(),
  });
  await terminal.out(`${priceText(bytes)}\n`);
}

function asking({ env }: Terminal, place: WarehousePlace, { since, until }: ReportOptions, now: number) {
  const questioner = createQuestioner(place);
  const preparer = createPreparer(place, questioner, readSchemasFolder(new EnvReader(env)));
  return { questioner, preparer, options: { since, until }, now };
}
