/** `pullhouse schema infer`: from samples on standard input to a draft on standard output. */
import { PipelineError } from "#services/shared/errors.ts";
import { draftSchema } from "#services/shared/schema/infer.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import type { Terminal } from "../terminal.ts";
import { readSamples } from "./samples.ts";

/** @throws PipelineError CONFIG_INVALID that says which sample cannot be read, or that there is none */
export async function infer(terminal: Terminal, directory: string): Promise<void> {
  const text = await terminal.input();
  if (text === undefined) throw wrong("there are no samples: `pullhouse schema infer < samples.json`");
  const { samples, types } = readSamples(text);
  const [type, other] = types;
  if (other !== undefined)
    throw wrong(
      `the samples are of ${types.length} types, ${type} and ${other} among them: one type at a time`,
    );
  const { columns, notes } = draftSchema(samples, loadRegistry(directory));
  await terminal.out(`${JSON.stringify(columns, undefined, 2)}\n`);
  for (const note of notes) terminal.error(`note: ${note}\n`);
  const file = `${type ?? "<type>"}.json`;
  terminal.error(
    `a draft from ${samples.length} ${samples.length === 1 ? "sample" : "samples"}, for schemas/${file}: ` +
      "write the descriptions, then `pullhouse schema check`\n",
  );
}

function wrong(message: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", "never", message);
}
