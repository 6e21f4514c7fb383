/** `pullhouse dead-letters`: what is out of the pipeline's way, and what becomes of it. */
import { Command } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import type { Terminal } from "../terminal.ts";
import { act } from "./act.ts";
import { type DeskOptions, withDesk } from "./desk.ts";
import { listText } from "./render.ts";

const EXAMPLES = `
Examples:
  $ pullhouse dead-letters list
  $ pullhouse dead-letters list --json | jq -r 'select(.kind == "object") | .id'
  $ pullhouse dead-letters show 1234567890
  $ pullhouse dead-letters retry dev.chainguard.registry.pull.v1/01M7XYW3ZP1J4T6KE4KAJNG5XK
  $ pullhouse dead-letters retry --all
  $ pullhouse dead-letters drop 1234567890          # says what would be lost
  $ pullhouse dead-letters drop 1234567890 --yes

A message is here because it killed batchers or Pub/Sub gave it up, an object because BigQuery refused it. Mend the cause,
then retry. What Pub/Sub gave up is first brought into the bucket, one object per message, by whichever command is run.`;

export function deadLettersCommand(terminal: Terminal): Command {
  const command = new Command("dead-letters")
    .summary("look at, send again or drop what could not be processed")
    .description("Messages that no batcher survived, and objects that BigQuery refused.")
    .addHelpText("after", EXAMPLES);
  const sub = (name: string, text: string) =>
    new Command(name)
      .description(text)
      .option("-p, --project <id>", "Google Cloud project")
      .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
      .addHelpText("after", EXAMPLES);
  return command
    .addCommand(
      sub("list", "Lists them, the oldest of each kind first.")
        .option("--json", "print one JSON object per line")
        .action((options: DeskOptions & { json?: true }) =>
          withDesk(terminal, options, async ({ boxes }) => {
            for await (const text of listText(boxes, options.json === true)) await terminal.out(text);
          }),
        ),
    )
    .addCommand(
      sub("show", "Prints one with its reason, as JSON.")
        .argument("<id>", "as list prints it")
        .action((id: string, options: DeskOptions) =>
          withDesk(terminal, options, async ({ boxes }) => {
            for (const box of boxes) {
              const text = await box.show(id);
              if (text !== undefined) return terminal.out(`${text}\n`);
            }
            throw notThere([id]);
          }),
        ),
    )
    .addCommand(
      sub("retry", "Puts them back on their way.")
        .argument("[ids...]", "as list prints them")
        .option("--all", "every one")
        .option("-n, --dry-run", "print what would be done")
        .action((ids: string[], options: DeskOptions & { all?: true; dryRun?: true }) =>
          withDesk(terminal, options, (desk) =>
            act(terminal, desk, "retry", ids, options.all === true, options.dryRun !== true),
          ),
        ),
    )
    .addCommand(
      sub("drop", "Removes them for good.")
        .argument("<ids...>", "as list prints them")
        .option("-y, --yes", "do it; without it, only what would be lost is said")
        .action((ids: string[], options: DeskOptions & { yes?: true }) =>
          withDesk(terminal, options, (desk) =>
            act(terminal, desk, "drop", ids, false, options.yes === true),
          ),
        ),
    );
}

function notThere(ids: readonly string[]): PipelineError {
  const message = `there is no ${ids.join(", ")}; \`pullhouse dead-letters list\` lists what there is`;
  return new PipelineError("CONFIG_INVALID", "never", message);
}
