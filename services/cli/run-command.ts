/** Runs one command, and turns how it ended into the exit status. */
import { CommanderError } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import { isUnauthenticated, LOGIN } from "./no-credentials.ts";
import { createProgram } from "./program.ts";
import { type Streams, terminalOn } from "./terminal.ts";

export const STATUS = { failed: 1, usage: 2, interrupted: 130 } as const;

/** Sets `process.exitCode`, as commands do that found something wrong; without, all was well. Rejects for our own faults. */
export async function runCommand(streams: Streams, version: string, args: readonly string[]): Promise<void> {
  const terminal = terminalOn(streams);
  try {
    await createProgram(terminal, version).parseAsync([...args], { from: "user" });
    if (terminal.signal.aborted) process.exitCode = STATUS.interrupted;
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : STATUS.usage;
    } else if (error instanceof PipelineError) {
      terminal.error(`pullhouse: ${error.message}\n`);
      if (isUnauthenticated(error)) terminal.error(`pullhouse: Google Cloud does not know you: ${LOGIN}\n`);
      process.exitCode = error.code === "CONFIG_INVALID" ? STATUS.usage : STATUS.failed;
    } else throw error;
  }
}
