#!/usr/bin/env node
/** Starts the command on the Node that came with the packages, as the system's own may be too old to run TypeScript. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const node = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
const main = fileURLToPath(new URL("./main.ts", import.meta.url));

if (!existsSync(node)) {
  console.error("pullhouse: the packages are not installed: run `make install` in the checkout");
  process.exit(1);
}
// Half of the time until a command begins is reading TypeScript; Node remembers what became of it.
const NODE_COMPILE_CACHE = fileURLToPath(new URL("../../node_modules/.cache/compile", import.meta.url));
const child = spawn(node, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { NODE_COMPILE_CACHE, ...process.env },
});
// A terminal sends Ctrl-C to both; another sender only to us.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`pullhouse: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
