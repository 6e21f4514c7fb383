/** How a rule is written: an id, a source, the methods, and the message if it is broken. */
import type { Call, Rule } from "../call.ts";
import { type Code, GoogleError } from "../google-error.ts";
import { type Json, recordAt, textAt } from "../json.ts";

interface RuleText extends Omit<Rule, "check"> {
  readonly code: Code;
  /** Of Cloud Storage's and BigQuery's `errors`, where it does not follow from the code. */
  readonly reason?: string;
  /** What Google answers; undefined if the call is as it should be. */
  readonly message: (call: Call) => string | undefined;
}

export function rule({ code, reason, message, ...head }: RuleText): Rule {
  return {
    ...head,
    check: (call) => {
      const text = message(call);
      if (text === undefined) return undefined;
      return new GoogleError(code, text, reason === undefined ? {} : { reason });
    },
  };
}

/** `create` and `patch` of a kind of resource. */
export const writes = (prefix: string) => [`${prefix}.create`, `${prefix}.patch`];

/** The resource of a body that may have it beside a mask. */
export function resourceIn({ body }: Call, field: string): Json {
  return body[field] === undefined ? body : recordAt(body, field);
}

/** Seconds of `90s`; NaN if there is none. */
export function secondsAt(json: unknown, path: string): number {
  const text = textAt(json, path);
  return text === "" ? Number.NaN : Number.parseFloat(text);
}

/** True for a number beyond the limits; NaN, which stands for nothing, is not. */
export const isOutside = (value: number, min: number, max: number) => value < min || value > max;
