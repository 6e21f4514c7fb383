/** What a user gives for a question's parameters, as values that BigQuery takes. */
import { PipelineError } from "#services/shared/errors.ts";
import type { Parameter } from "#services/shared/gcp/query.ts";
import type { QuestionParameter, ReadyQuestion } from "./questions.ts";

const MILLISECONDS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;
const AGO = /^(\d{1,5})([hdw])$/;
const DAYS_AGO = /^\d+[dw]$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * @param given text by the parameter's name; what is missing takes its default
 * @param now milliseconds since the epoch; `12h` counts back from it, `7d` from the beginning of its day, which is `today`
 * @returns `until` excluded; given as a day it is the end of that day
 * @throws PipelineError CONFIG_INVALID with what the option takes, or when `since` is not before `until`
 */
export function parameterValues(
  question: ReadyQuestion,
  given: Readonly<Record<string, string | undefined>>,
  now: number,
): Readonly<Record<string, Parameter>> {
  const values = Object.fromEntries(
    question.parameters.map((parameter) => {
      const text = given[parameter.name] ?? parameter.fallback;
      if (text === undefined) throw wrong(parameter, "it is needed: ", parameter.text);
      return [parameter.name, { type: parameter.type, value: valueOf(parameter, text, now) }];
    }),
  );
  for (const [earlier, later] of ORDER) {
    const [first, last] = [values[earlier]?.value, values[later]?.value];
    if (first === undefined || last === undefined || first < last) continue;
    const message = `--${earlier}: ${first} is not before --${later}, ${last}`;
    throw new PipelineError("CONFIG_INVALID", "never", message);
  }
  return values;
}

const ORDER = [
  ["since", "until"],
  ["history", "since"],
] as const;

function valueOf(parameter: QuestionParameter, text: string, now: number): string {
  if (parameter.type === "TIMESTAMP") return new Date(moment(parameter, text, now)).toISOString();
  if (parameter.type === "INT64" && !/^[1-9]\d{0,8}$/.test(text))
    throw wrong(parameter, "it takes a whole number from 1, not ", text);
  return text;
}

/** Days and weeks are counted in whole days (UTC): these the rollups have. */
function moment(parameter: QuestionParameter, text: string, now: number): number {
  const at = momentOf(text, now);
  if (at === undefined) throw wrong(parameter, `it takes ${MOMENTS}, not `, text);
  if (DAYS_AGO.test(text)) return floorDay(at);
  return parameter.name === "until" && DAY.test(text) ? at + MILLISECONDS.d : at;
}

const floorDay = (at: number) => Math.floor(at / MILLISECONDS.d) * MILLISECONDS.d;

/** What `momentOf` takes, in words. */
export const MOMENTS = "12h, 7d, 4w, now, today, a day (2026-11-20) or a time (RFC 3339)";

/** Milliseconds since the epoch; `undefined` when the text names no moment. */
export function momentOf(text: string, now: number): number | undefined {
  if (text === "now") return now;
  if (text === "today") return floorDay(now);
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  const at = MOMENT.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const at = Date.parse(day);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}

function wrong(parameter: QuestionParameter, what: string, text: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", "never", `--${parameter.name}: ${what}${text}`);
}
