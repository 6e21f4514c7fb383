/** The `pullhouse` command: its subcommands and its help. */
import { Command } from "commander";
import { askCommand } from "./ask/command.ts";
import { costCommand } from "./cost/command.ts";
import { deadLettersCommand } from "./dead-letters/command.ts";
import { doctorCommand } from "./doctor/command.ts";
import { forgetCommand } from "./forget/command.ts";
import { importCommand } from "./import/command.ts";
import { proveCommand } from "./prove/command.ts";
import { queryCommand } from "./query/command.ts";
import { replayCommand } from "./replay/command.ts";
import { reportCommand } from "./report/command.ts";
import { rollupCommand } from "./rollup/command.ts";
import { schemaCommand } from "./schema/command.ts";
import { sendCommand } from "./send/command.ts";
import type { Terminal } from "./terminal.ts";
import { traceCommand } from "./trace/command.ts";

export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command("pullhouse")
    .description("Container registry events in BigQuery: ask the warehouse, send events.")
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .addCommand(askCommand(terminal))
    .addCommand(costCommand(terminal))
    .addCommand(deadLettersCommand(terminal))
    .addCommand(doctorCommand(terminal))
    .addCommand(forgetCommand(terminal))
    .addCommand(importCommand(terminal))
    .addCommand(proveCommand(terminal))
    .addCommand(queryCommand(terminal))
    .addCommand(replayCommand(terminal))
    .addCommand(reportCommand(terminal))
    .addCommand(rollupCommand(terminal))
    .addCommand(schemaCommand(terminal))
    .addCommand(sendCommand(terminal))
    .addCommand(traceCommand(terminal));
  const output = { writeOut: (text: string) => void terminal.out(text), writeErr: terminal.error };
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput(output).showHelpAfterError("(--help shows the options)");
  }
  return program;
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
