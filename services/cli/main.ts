/** Entry point of the `pullhouse` command: the real terminal. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { runCommand, STATUS } from "./run-command.ts";
import { type Streams, terminalOn } from "./terminal.ts";

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

const streams: Streams = {
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
  await runCommand(streams, manifest.version, process.argv.slice(2));
} catch (error) {
  // A fault of ours. Node would print it as it is, and its message may hold a sender's text.
  terminalOn(streams).error(`${inspect(error)}\n`);
  process.exitCode = STATUS.failed;
}
