/** Entry point of the `pullhouse` command: the real terminal, and the exit status. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { CommanderError } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const STATUS = { failed: 1, usage: 2, interrupted: 130 } as const;

const controller = new AbortController();
process.on("SIGINT", () => {
  // The first Ctrl-C lets what is under way end; the second does not wait.
  if (controller.signal.aborted) process.exit(STATUS.interrupted);
  controller.abort();
});
// Who reads our output may have seen enough (`| head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const terminal: Terminal = {
  env: process.env,
  out: async (words) => {
    if (!process.stdout.write(words)) await once(process.stdout, "drain");
  },
  error: (words) => process.stderr.write(words),
  live: process.stderr.isTTY,
  input: async () => (process.stdin.isTTY ? undefined : await text(process.stdin)),
  signal: controller.signal,
};

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

// The Google clients would look for a metadata server, which is only there on Google Cloud.
if (!process.env["GOOGLE_CLOUD_PROJECT"] && !process.argv.includes("--project")) {
  process.env["METADATA_SERVER_DETECTION"] ??= "none";
}

try {
  await createProgram(terminal, manifest.version).parseAsync();
  if (controller.signal.aborted) process.exitCode = STATUS.interrupted;
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : STATUS.usage;
  } else if (error instanceof PipelineError) {
    process.stderr.write(`pullhouse: ${error.message}\n`);
    process.exitCode = error.code === "CONFIG_INVALID" ? STATUS.usage : STATUS.failed;
  } else throw error;
}
