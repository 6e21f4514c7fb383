/** The ready questions: one GoogleSQL file each in `schemas/questions`, with what they take and how they are drawn. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { readFrontComment } from "#services/shared/schema/front-comment.ts";
import { schemasFolder } from "#services/shared/schema/registry.ts";

export interface QuestionParameter {
  readonly name: string;
  readonly type: "STRING" | "INT64" | "TIMESTAMP";
  /** As the user would give it; without one, the question needs it. */
  readonly fallback?: string;
  readonly text: string;
}

/** Which column is drawn over which: bars for categories, columns for steps in order, lines for time. */
export interface Chart {
  readonly kind: "bars" | "columns" | "lines";
  readonly value: string;
  readonly by: string;
}

export interface ReadyQuestion {
  /** The file's name without its end, what a user types. */
  readonly name: string;
  readonly title: string;
  readonly answers: string;
  readonly parameters: readonly QuestionParameter[];
  readonly chart?: Chart;
  /** Names of views and rollups without their dataset; `prepare.ts` bounds what it reads. */
  readonly sql: string;
}

const PARAMETER = /^@([a-z_]+) (STRING|INT64|TIMESTAMP)(?: =(?: (\S+))?)?$/;
const CHART = /^(bars|columns|lines) of ([a-z_]+) by ([a-z_]+)$/;

/**
 * In the order of their names.
 * @throws PipelineError SCHEMA_INVALID naming the file that is wrong
 */
export function loadQuestions(
  directory: string = join(schemasFolder(), "questions"),
): readonly ReadyQuestion[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".sql"))
    .toSorted()
    .map((file) => {
      try {
        return readQuestion(file.slice(0, -".sql".length), readFileSync(join(directory, file), "utf8"));
      } catch (error) {
        const message = `questions/${file}: ${reasonOf(error)}`;
        throw new PipelineError("SCHEMA_INVALID", "never", message, { cause: error });
      }
    });
}

function readQuestion(name: string, text: string): ReadyQuestion {
  const { words, entries, sql } = readFrontComment(text);
  const parameters: QuestionParameter[] = [];
  let answers: string | undefined;
  let chart: Chart | undefined;
  for (const entry of entries) {
    if (entry.name === "answers") answers = entry.text;
    else if (entry.name === "chart") chart = readChart(entry.text);
    else parameters.push(readParameter(entry.name, entry.text));
  }
  if (answers === undefined) throw new Error('its comment does not say what it "answers:"');
  for (const needed of ["since", "until"])
    if (!parameters.some((one) => one.name === needed))
      throw new Error(`it takes no @${needed}: it would read every day`);
  return { name, title: words, answers, parameters, ...(chart === undefined ? {} : { chart }), sql };
}

function readParameter(entry: string, text: string): QuestionParameter {
  const [whole, name = "", type, fallback = ""] = PARAMETER.exec(entry) ?? [];
  if (whole === undefined) throw new Error(`"${entry}" is no entry: answers, chart, or @name TYPE = value`);
  return {
    name,
    type: type as QuestionParameter["type"],
    ...(entry.includes("=") ? { fallback } : {}),
    text,
  };
}

function readChart(text: string): Chart | undefined {
  if (text === "none") return undefined;
  const [, kind, value = "", by = ""] = CHART.exec(text) ?? [];
  if (kind === undefined) throw new Error(`"${text}" is no chart: none, or bars, columns or lines of … by …`);
  return { kind: kind as Chart["kind"], value, by };
}
