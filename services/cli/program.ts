/** The `pullhouse` command: its subcommands and its help. */
import { Command } from "commander";
import { queryCommand } from "./query/command.ts";
import { sendCommand } from "./send/command.ts";
import type { Terminal } from "./terminal.ts";

export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command("pullhouse")
    .description("Container registry events in BigQuery: ask the warehouse, send events.")
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .addCommand(queryCommand(terminal))
    .addCommand(sendCommand(terminal));
  const output = { writeOut: (text: string) => void terminal.out(text), writeErr: terminal.error };
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput(output).showHelpAfterError("(--help shows the options)");
  }
  return program;
}
