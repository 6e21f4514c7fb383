/** `pullhouse report`: the ready questions on one page, for people who have never seen the project. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createQuestioner } from "#services/shared/gcp/query.ts";
import { loadQuestions } from "../ask/questions.ts";
import { parameterValues } from "../ask/values.ts";
import { DEFAULT_DATASET, type WarehousePlace, warehousePlace } from "../place.ts";
import { showProgress } from "../progress.ts";
import { priceText } from "../query/price.ts";
import { withAdvice } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";
import { gather, QUESTIONS_IN_REPORT } from "./gather.ts";
import { pageOf } from "./page.ts";
import { SECTIONS, SUMMARY } from "./sections.ts";

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
  $ pullhouse report --since 2026-11-01 --until 2026-12-01 -o november.html
  $ pullhouse report --project my-project --dry-run    # bytes and price first
  $ pullhouse report -o - | gzip > report.html.gz

The page is one file without scripts or links: it can be mailed, printed, and opened from a disk.`;

export function reportCommand(terminal: Terminal): Command {
  return new Command("report")
    .summary("one page with charts of who pulled what")
    .description("Asks the ready questions and writes their answers as one HTML page.")
    .option("--since <time>", "from when: 12h, 7d, 4w, a day or a time (RFC 3339)", "30d")
    .option("--until <time>", "until when", "now")
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
    await (options.dryRun ? estimate(terminal, place, options) : write(terminal, place, options));
  } catch (error) {
    if (terminal.signal.aborted) return;
    throw withAdvice(error, place);
  }
}

async function write(terminal: Terminal, place: WarehousePlace, options: ReportOptions): Promise<void> {
  const { since, until, output } = options;
  const now = Date.now();
  const questions = loadQuestions();
  const progress = showProgress({
    label: "asking",
    total: QUESTIONS_IN_REPORT,
    live: terminal.live,
    line: (text) => terminal.error(`${text}\n`),
  });
  const gathered = await gather({
    questions,
    questioner: createQuestioner(place),
    dataset: place.dataset,
    options: { since, until },
    now,
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

async function writePage(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    const message = `the report cannot be written: ${reasonOf(error)}; choose another place with --output`;
    throw new PipelineError("CONFIG_INVALID", "never", message, { cause: error });
  }
}

async function estimate(terminal: Terminal, place: WarehousePlace, options: ReportOptions): Promise<void> {
  const questioner = createQuestioner(place);
  const names = [SUMMARY, ...SECTIONS.flatMap(({ questions }) => questions.map(({ question }) => question))];
  const { since, until } = options;
  let bytes = 0;
  for (const question of loadQuestions().filter(({ name }) => names.includes(name))) {
    bytes += await questioner.estimate({
      sql: question.sql,
      dataset: place.dataset,
      parameters: parameterValues(question, { since, until }, Date.now()),
    });
  }
  await terminal.out(`${priceText(bytes)}\n`);
}
