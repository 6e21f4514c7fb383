/** How `query` and `ask` print rows, and the options for it. */
import { Option } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import type { WarehousePlace } from "../place.ts";
import type { Terminal } from "../terminal.ts";
import { FORMATS, type Format, render } from "./format.ts";
import { type Asked, printAnswer } from "./run.ts";

export interface PrintOptions {
  readonly format: Format;
  readonly raw?: true;
}

export const formatOption = () =>
  new Option("-f, --format <format>", "how rows are printed").choices(FORMATS).default("table");

export const rawOption = () =>
  new Option(
    "--raw",
    "with --format csv: values as they are; without it, formulas get an apostrophe and control characters are visible",
  );

/** @throws PipelineError CONFIG_INVALID */
export async function printRows(
  terminal: Terminal,
  place: WarehousePlace,
  asked: Asked,
  { format, raw = false }: { readonly format: Format; readonly raw?: boolean },
): Promise<void> {
  if (raw && format !== "csv")
    throw new PipelineError(
      "CONFIG_INVALID",
      "never",
      "--raw goes with --format csv (json has the values as they are)",
    );
  const write = raw ? terminal.outAsIs : terminal.out;
  await printAnswer(terminal, place, asked, (answer) => render(answer, format, raw), write);
}
