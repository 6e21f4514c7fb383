/** Asks everything that the report tells. */
import type { Field, Question, Questioner, Row } from "#services/shared/gcp/query.ts";
import type { Preparer } from "../ask/prepare.ts";
import type { ReadyQuestion } from "../ask/questions.ts";
import { parameterValues } from "../ask/values.ts";
import { type Asked, SECTIONS, SUMMARY } from "./sections.ts";

export interface AnsweredQuestion {
  readonly question: ReadyQuestion;
  readonly note?: string;
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
  readonly preparer: Preparer;
  /** `since` and `until`, as a user gives them. */
  readonly options: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onAnswer: (answered: number) => void;
}

export const QUESTIONS_IN_REPORT = SECTIONS.reduce((sum, { questions }) => sum + questions.length, 1);

/** `since` and `until` as times; a question without `until` takes `since` alone. */
function timesOf({ questions, options, now }: Pick<GatherOptions, "questions" | "options" | "now">): {
  options: Record<string, string>;
  until: number;
} {
  const summary = questions.find(({ name }) => name === SUMMARY);
  if (summary === undefined) throw new Error(`there is no question ${SUMMARY}`);
  const { since, until } = parameterValues(summary, options, now);
  if (since === undefined || until === undefined) throw new Error(`${SUMMARY} takes no times`);
  return { options: { since: since.value, until: until.value }, until: Date.parse(until.value) };
}

/** One after the other: a warehouse on a laptop has two cores, and the page needs them all. */
export async function gather(given: GatherOptions): Promise<Gathered> {
  let answered = 0;
  const answer = async (asked: Asked): Promise<AnsweredQuestion> => {
    given.signal.throwIfAborted();
    const { question, statement } = await prepared(given, asked);
    const { fields, rows } = await given.questioner.ask(statement);
    const all: Row[] = [];
    for await (const row of rows) all.push(row);
    given.onAnswer(++answered);
    return { question, ...(asked.note === undefined ? {} : { note: asked.note }), fields, rows: all };
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

/** Bytes that the whole report would read; nothing runs. */
export async function estimate(given: Omit<GatherOptions, "signal" | "onAnswer">): Promise<number> {
  let bytes = 0;
  const all = [{ question: SUMMARY }, ...SECTIONS.flatMap(({ questions }) => questions)];
  for (const asked of all) bytes += await given.questioner.estimate((await prepared(given, asked)).statement);
  return bytes;
}

async function prepared(
  given: Pick<GatherOptions, "questions" | "preparer" | "options" | "now">,
  asked: Asked,
): Promise<{ question: ReadyQuestion; statement: Question }> {
  const question = given.questions.find(({ name }) => name === asked.question);
  if (question === undefined) throw new Error(`the report has an unknown question ${asked.question}`);
  const times = timesOf(given);
  const statement = await given.preparer.prepare(
    question,
    { ...given.options, ...times.options, ...asked.options },
    // A section's own time counts back from the end of the report.
    asked.options === undefined ? given.now : times.until,
  );
  return { question, statement };
}
