/** `pullhouse query`: one statement on the warehouse. */
import { Command } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import type { Parameter, Question } from "#services/shared/gcp/query.ts";
import { parameter } from "../arguments.ts";
import { DEFAULT_DATASET, warehousePlace } from "../place.ts";
import type { Terminal } from "../terminal.ts";
import { formatOption, type PrintOptions, printRows, rawOption } from "./print.ts";
import { printEstimate } from "./run.ts";

interface QueryOptions extends PrintOptions {
  readonly dryRun?: true;
  readonly param?: Readonly<Record<string, Parameter>>;
  readonly project?: string;
  readonly dataset?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse query "SELECT body.repository, COUNT(*) AS pulls FROM dev_chainguard_registry_pull_v1 GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
  $ pullhouse query --param repo=acme.example/nginx --format csv \\
      "SELECT ce_time, body.tag, body.digest FROM dev_chainguard_registry_pull_v1 WHERE body.repository = @repo"
  $ pullhouse query - < question.sql
  $ pullhouse query --project my-project --dry-run "SELECT * FROM dev_chainguard_registry_pull_v1"

Without --project and GOOGLE_CLOUD_PROJECT it asks the local cloud that \`make up\` runs, else BigQuery with
your application default credentials (gcloud auth application-default login).`;

export function queryCommand(terminal: Terminal): Command {
  return new Command("query")
    .summary("ask the warehouse in GoogleSQL")
    .description("Runs one GoogleSQL statement and prints its rows.")
    .argument("[sql]", "the statement; - or nothing reads it from standard input")
    .addOption(formatOption())
    .addOption(rawOption())
    .option("-n, --dry-run", "print how many bytes it would read, and the price, without running it")
    .option("--param <name=value>", "a named parameter, also name:TYPE=value; can be repeated", parameter)
    .option("-p, --project <id>", "Google Cloud project to ask")
    .option("-d, --dataset <name>", `dataset of bare table names (default: ${DEFAULT_DATASET})`)
    .addHelpText("after", EXAMPLES)
    .action((sql: string | undefined, options: QueryOptions) => query(terminal, sql, options));
}

async function query(terminal: Terminal, sql: string | undefined, options: QueryOptions): Promise<void> {
  const place = warehousePlace(terminal.env, options);
  const question: Question = {
    sql: await statement(terminal, sql),
    dataset: place.dataset,
    ...(options.param === undefined ? {} : { parameters: options.param }),
  };
  if (options.dryRun) await printEstimate(terminal, place, question);
  else await printRows(terminal, place, question, options);
}

async function statement(terminal: Terminal, sql: string | undefined): Promise<string> {
  const given = sql === undefined || sql === "-" ? await terminal.input() : sql;
  if (given?.trim()) return given;
  throw new PipelineError(
    "CONFIG_INVALID",
    "never",
    'there is no statement: pullhouse query "SELECT …", or pipe one in (pullhouse query --help has examples)',
  );
}
