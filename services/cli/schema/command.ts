/** `pullhouse schema`: drafts the schema file of a new event type, and checks all of them. */
import { Command } from "commander";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import type { Terminal } from "../terminal.ts";
import { check } from "./check.ts";
import { infer } from "./infer.ts";

const EXAMPLES = `
Examples:
  $ pullhouse schema infer < samples.ndjson > schemas/dev.example.scan.v1.json
  $ pullhouse query --format json "SELECT data FROM unregistered_events WHERE ce_type = 'dev.example.scan.v1'" \\
      | jq -c '.data | fromjson' | pullhouse schema infer
  $ pullhouse schema check                      # against the last commit
  $ pullhouse schema check --against origin/main

The folder is schemas/ of this checkout, or SCHEMAS_FOLDER. See docs/use/adding-a-type.md.`;

export function schemaCommand(terminal: Terminal): Command {
  const sub = (name: string, text: string) =>
    new Command(name).description(text).addHelpText("after", EXAMPLES);
  return new Command("schema")
    .summary("draft the schema of a new event type, check all schemas")
    .description("The schema files: one for each event type that has a table.")
    .addHelpText("after", EXAMPLES)
    .addCommand(
      sub(
        "infer",
        "Prints a first draft of a schema file. Standard input has samples of one type, the events' data or " +
          "whole structured CloudEvents: one JSON document, an array, or one document per line.",
      ).action(() => infer(terminal, folderOf(terminal))),
    )
    .addCommand(
      sub(
        "check",
        "Checks names, types, modes, descriptions and views, and that no table would have to change other than by " +
          "new columns. Status 1 when something is wrong, 0 when nothing is.",
      )
        .option("--against <ref>", "the commit that the files are compared with", "HEAD")
        .action(({ against }: { against: string }) => check(terminal, folderOf(terminal), against)),
    );
}

function folderOf(terminal: Terminal): string {
  return readSchemasFolder(new EnvReader(terminal.env));
}
