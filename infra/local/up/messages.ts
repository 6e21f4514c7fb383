/** What the user reads about the pipeline's life. */
import { styleText } from "node:util";
import { PipelineError } from "#services/shared/errors.ts";
import type { Notice } from "./running-part.ts";
import { CannotStart } from "./supervise.ts";

/** What happens to the parts while they run, as one line each. */
export function noticeLine(notice: Notice): string {
  return notice.what === "died"
    ? styleText("yellow", `${notice.part} ended (${notice.how}); it starts again in ${notice.againInMs} ms`)
    : styleText("green", `${notice.part} is back (process ${notice.pid})`);
}

/** The message for what the user can mend; anything else is a fault of ours and is thrown on. */
export function mendable(error: unknown): string {
  if (error instanceof CannotStart) return error.message;
  if (error instanceof PipelineError && error.code === "CONFIG_INVALID") return error.message;
  throw error;
}
