/** Asks everything that the report tells. */
import type { Field, Questioner, Row } from "#services/shared/gcp/query.ts";
import type { ReadyQuestion } from "../ask/questions.ts";
import { parameterValues } from "../ask/values.ts";
import { type Asked, SECTIONS, SUMMARY } from "./sections.ts";

export interface AnsweredQuestion {
  readonly question: ReadyQuestion;
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
}

export interface Gathered {
  readonly summary: AnsweredQuestion;
  readonly sections: readonly { readonly title: string; readonly answers: readonly AnsweredQuestion[] }[];
}

export interface GatherOptions {
  readonly questions: readonly ReadyQuestion[];
  readonly questioner: Questioner;
  readonly dataset: string;
  /** `since` and `until`, as a user gives them. */
  readonly options: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onAnswer: (answered: number) => void;
}

export const QUESTIONS_IN_REPORT = SECTIONS.reduce((sum, { questions }) => sum + questions.length, 1);

/** One after the other: a warehouse on a laptop has two cores, and the page needs them all. */
export async function gather(given: GatherOptions): Promise<Gathered> {
  let answered = 0;
  const answer = async (asked: Asked): Promise<AnsweredQuestion> => {
    given.signal.throwIfAborted();
    const question = given.questions.find(({ name }) => name === asked.question);
    if (question === undefined) throw new Error(`the report has an unknown question ${asked.question}`);
    const { fields, rows } = await given.questioner.ask({
      sql: question.sql,
      dataset: given.dataset,
      parameters: parameterValues(question, { ...given.options, ...asked.options }, given.now),
    });
    const all: Row[] = [];
    for await (const row of rows) all.push(row);
    given.onAnswer(++answered);
    return { question, fields, rows: all };
  };
  const summary = await answer({ question: SUMMARY });
  const sections = [];
  for (const { title, questions } of SECTIONS) {
    const answers: AnsweredQuestion[] = [];
    for (const asked of questions) answers.push(await answer(asked));
    sections.push({ title, answers });
  }
  return { summary, sections };
}
