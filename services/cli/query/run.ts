/** One question to the warehouse, from the spinner to the last line; `query`, `ask` and `report` share it. */
import { PipelineError } from "#services/shared/errors.ts";
import { type Answer, createQuestioner, type Question, type Questioner } from "#services/shared/gcp/query.ts";
import type { WarehousePlace } from "../place.ts";
import { spin } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { priceText } from "./price.ts";

/** A question, or what makes one with the help of the warehouse. */
export type Asked = Question | ((questioner: Questioner) => Promise<Question>);

const questionOf = async (asked: Asked, questioner: Questioner) =>
  typeof asked === "function" ? asked(questioner) : asked;

/**
 * Prints what the answer is made into, piece by piece, until Ctrl-C.
 * @param write where to: `terminal.out`, unless the user asked for values as they are
 */
export async function printAnswer(
  terminal: Terminal,
  place: WarehousePlace,
  asked: Asked,
  print: (answer: Answer) => AsyncIterable<string>,
  write = terminal.out,
): Promise<void> {
  await asking(terminal, place, async (questioner, stopSpinning) => {
    const answer = await questioner.ask(await questionOf(asked, questioner));
    stopSpinning();
    for await (const text of print(answer)) {
      if (terminal.signal.aborted) return;
      await write(text);
    }
  });
}

/** Prints how much the question would read, and the price; nothing runs. */
export async function printEstimate(terminal: Terminal, place: WarehousePlace, asked: Asked): Promise<void> {
  await asking(terminal, place, async (questioner, stopSpinning) => {
    const bytes = await questioner.estimate(await questionOf(asked, questioner));
    stopSpinning();
    await terminal.out(`${priceText(bytes)}\n`);
  });
}

/** Prints the statement with its times as constants, so that it can be run elsewhere. */
export async function printStatement(terminal: Terminal, place: WarehousePlace, asked: Asked): Promise<void> {
  await asking(terminal, place, async (questioner, stopSpinning) => {
    const { sql, parameters = {} } = await questionOf(asked, questioner);
    stopSpinning();
    await terminal.out(`${withConstants(sql, parameters)}\n`);
  });
}

function withConstants(sql: string, parameters: NonNullable<Question["parameters"]>): string {
  return sql.replaceAll(/@([a-z_]+)/g, (whole, name: string) => {
    const parameter = parameters[name];
    if (parameter === undefined) return whole;
    const { type, value } = parameter;
    return type === "INT64" ? value : `${type === "STRING" ? "" : `${type} `}${JSON.stringify(value)}`;
  });
}

async function asking(
  terminal: Terminal,
  place: WarehousePlace,
  work: (questioner: Questioner, stopSpinning: () => void) => Promise<void>,
): Promise<void> {
  const stopSpinning = spin("asking", terminal);
  try {
    await work(createQuestioner(place), stopSpinning);
  } catch (error) {
    throw withAdvice(error, place);
  } finally {
    stopSpinning();
  }
}

/** Who cannot reach the local cloud has most likely not started it. */
export function withAdvice(error: unknown, place: WarehousePlace): unknown {
  if (!(error instanceof PipelineError) || error.code !== "WAREHOUSE_UNAVAILABLE") return error;
  const advice =
    place.address === undefined
      ? `BigQuery does not answer for the project ${place.project}: check your network, the project's id and your credentials (gcloud auth application-default login)`
      : `nothing answers at ${place.address}: start the pipeline with \`make up\`, or name a project with --project`;
  return new PipelineError(error.code, error.retry, `${advice}\n${error.message}`, { cause: error });
}
