/** `make bench`: runs the benches and prints every figure beside its baseline from the same run. */
import { availableParallelism, cpus, loadavg } from "node:os";
import { EXIT_STATUS, onInterruption } from "#infra/local/up/interruption.ts";
import { REPOSITORY_ROOT } from "#infra/local/up/running-part.ts";
import { type Asked, helpText, readArguments } from "./arguments.ts";
import { BENCHES } from "./benches.ts";
import { watchChildren } from "./children.ts";
import { reportDocument } from "./report-document.ts";
import { type Failed, type Measured, runBenches } from "./run-benches.ts";
import { openRunFolder } from "./run-folder.ts";
import { reportText } from "./table.ts";

const KNOWN = [...BENCHES.keys()];
const now = () => new Date();
const say = (text: string) => console.error(text);

/** @returns the exit status */
async function run({ names, quick, json }: Asked, signal: AbortSignal): Promise<number> {
  const asked = new Map([...BENCHES].filter(([name]) => names.includes(name)));
  const circumstances = { date: now(), quick, machine: machine() };
  const outcomes: (Measured | Failed)[] = [];
  const options = { quick, say, now, loadAverage: loadavg, signal };
  for await (const outcome of runBenches(asked, options)) {
    outcomes.push(outcome);
    if (!json) await print(reportText(outcome));
  }
  if (json) await print(reportDocument(circumstances, outcomes));
  return outcomes.every(({ outcome }) => outcome === "measured") ? 0 : 1;
}

function machine() {
  return { node: process.version, processors: availableParallelism(), model: cpus()[0]?.model ?? "unknown" };
}

/** Resolves when it is written, so that the end of the process cannot cut it off. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${text}\n`, () => resolve());
  });
}

async function main(): Promise<number> {
  let asked: Asked | "help";
  try {
    asked = readArguments(process.argv.slice(2), KNOWN);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${helpText(KNOWN)}`);
    return 2;
  }
  if (asked === "help") {
    await print(helpText(KNOWN));
    return 0;
  }
  const { signal, happened } = onInterruption();
  const children = watchChildren();
  openRunFolder();
  const finished = run(asked, signal);
  // What is under way when Ctrl-C comes is left alone; its failures are of no interest.
  finished.catch(() => undefined);
  try {
    return await Promise.race([finished, happened.then((name) => EXIT_STATUS[name] ?? 1)]);
  } finally {
    await children.end();
  }
}

// The benches name the programs that they start as paths from there.
process.chdir(REPOSITORY_ROOT);
// A bench that failed may have left something that would keep the process running.
process.exit(await main());
