/** The days of `--from` and `--to`. */
import { PipelineError } from "#services/shared/errors.ts";
import type { Days } from "../archive/objects.ts";
import { momentOf } from "../ask/values.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** @throws PipelineError CONFIG_INVALID */
export function daysOf({ from = "0001-01-01", to = "9999-12-31" }: { from?: string; to?: string }): Days {
  for (const [option, day] of [
    ["--from", from],
    ["--to", to],
  ] as const) {
    if (!DAY.test(day) || momentOf(day, 0) === undefined)
      throw new PipelineError(
        "CONFIG_INVALID",
        "never",
        `${option}: it takes a day like 2026-11-20, not ${day}`,
      );
  }
  if (from > to)
    throw new PipelineError(
      "CONFIG_INVALID",
      "never",
      `--from ${from} is after --to ${to}: there is no such day`,
    );
  return { from, to };
}
