/** `pullhouse ask`: the ready questions, each a subcommand with its own options. */
import { Command, Option } from "commander";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import { PipelineError } from "#services/shared/errors.ts";
import type { Answer, Row } from "#services/shared/gcp/query.ts";
import { DEFAULT_DATASET, warehousePlace } from "../place.ts";
import { formatOption, type PrintOptions, printRows, rawOption } from "../query/print.ts";
import { type Asked, printAnswer, printEstimate, printStatement } from "../query/run.ts";
import type { Terminal } from "../terminal.ts";
import { drawChart } from "./chart.ts";
import { createPreparer } from "./prepare.ts";
import { loadQuestions, type QuestionParameter, type ReadyQuestion } from "./questions.ts";

interface AskOptions extends PrintOptions {
  readonly chart?: true;
  readonly dryRun?: true;
  readonly showSql?: true;
  readonly project?: string;
  readonly dataset?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse ask                                        # lists the questions
  $ pullhouse ask top-images --since 7d
  $ pullhouse ask top-images --since 2026-11-01 --until 2026-11-30 --chart
  $ pullhouse ask who-pulls --image acme.example/nginx --format csv > who.csv
  $ pullhouse ask tag-history --help                     # what a question takes
  $ pullhouse ask errors --project my-project --dry-run  # bytes and price first`;

export function askCommand(terminal: Terminal): Command {
  const questions = loadQuestions();
  const ask = new Command("ask")
    .summary("answers to the questions that people ask")
    .description("Answers a ready question; without one, lists them.")
    .argument("[question]", "its name")
    .addHelpText("after", EXAMPLES)
    .action((name?: string) => {
      if (name === undefined) return terminal.out(listOf(questions));
      const message = `there is no question ${name}; \`pullhouse ask\` lists them`;
      throw new PipelineError("CONFIG_INVALID", "never", message);
    });
  for (const question of questions) ask.addCommand(questionCommand(terminal, question));
  return ask;
}

function listOf(questions: readonly ReadyQuestion[]): string {
  const width = Math.max(...questions.map(({ name }) => name.length));
  return questions.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join("");
}

function questionCommand(terminal: Terminal, question: ReadyQuestion): Command {
  const command = new Command(question.name).summary(question.title).description(question.answers);
  for (const parameter of question.parameters) command.addOption(parameterOption(parameter));
  command.addOption(formatOption()).addOption(rawOption());
  if (question.chart !== undefined) {
    const { kind, value, by } = question.chart;
    command.option("-c, --chart", `draw ${kind} of ${value} by ${by} instead`);
  }
  return command
    .option("-n, --dry-run", "print how many bytes it would read, and the price, without running it")
    .option("--show-sql", "print the statement as it would be asked, to build upon it")
    .option("-p, --project <id>", "Google Cloud project to ask")
    .option("-d, --dataset <name>", `dataset of the views (default: ${DEFAULT_DATASET})`)
    .action((options: AskOptions & Record<string, string>) => answer(terminal, question, options));
}

function parameterOption({ name, type, text, fallback }: QuestionParameter): Option {
  const takes = { STRING: "text", INT64: "number", TIMESTAMP: "time" }[type];
  const option = new Option(`--${name} <${takes}>`, text);
  if (fallback === undefined) return option.makeOptionMandatory();
  return fallback === "" ? option : option.default(fallback);
}

async function answer(
  terminal: Terminal,
  question: ReadyQuestion,
  options: AskOptions & Record<string, string>,
): Promise<void> {
  const place = warehousePlace(terminal.env, options);
  const folder = readSchemasFolder(new EnvReader(terminal.env));
  const asked: Asked = (questioner) =>
    createPreparer(place, questioner, folder).prepare(question, options, Date.now());
  if (options.showSql) return printStatement(terminal, place, asked);
  if (options.dryRun) return printEstimate(terminal, place, asked);
  const { chart } = question;
  if (options.chart && chart)
    await printAnswer(terminal, place, asked, (rows) => drawn(rows, (all) => drawChart(chart, all)));
  else await printRows(terminal, place, asked, options);
}

/** A question's own limit keeps what is drawn small. */
async function* drawn({ rows }: Answer, draw: (rows: readonly Row[]) => string): AsyncIterable<string> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  yield draw(all);
}
