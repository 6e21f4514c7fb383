/** `make acceptance`: wires the run to the terminal, and asks before anything is made. */
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { systemClock } from "#services/shared/clock.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { EXIT_STATUS, onInterruption } from "../local/up/interruption.ts";
import { ASSUMPTIONS } from "./assumptions/index.ts";
import { runCommand } from "./commands.ts";
import { isConsented, refuseTakenNames } from "./consent.ts";
import type { Target } from "./deployment.ts";
import { googleTarget, openGoogleApi } from "./google/target.ts";
import { localTarget } from "./local/target.ts";
import { canApply } from "./local/terraform.ts";
import { reportText, writeReport } from "./report.ts";
import { isAccepted, runAcceptance } from "./run.ts";
import { readSettings, type Settings } from "./settings.ts";
import { StepError } from "./steps.ts";

const say = (text: string) => console.log(text);

/** Seconds: as often as a laptop's services may be woken. */
const LOCAL_WINDOW_SECONDS = 2;

async function targetOf({ project, region, prefix, events, folder }: Settings): Promise<Target> {
  if (project === undefined) {
    const plugins = (await canApply(process.env)) ? process.env["TF_PLUGIN_DIR"] : undefined;
    return localTarget({
      prefix,
      dist: "dist",
      windowSeconds: LOCAL_WINDOW_SECONDS,
      isSigned: true,
      ...(plugins === undefined ? {} : { plugins }),
    });
  }
  return googleTarget({
    place: { project, region, prefix },
    events,
    folder: join(folder, prefix),
    run: runCommand,
    clock: systemClock,
    api: openGoogleApi(runCommand, systemClock),
    storageUrl: "https://storage.googleapis.com",
  });
}

/** @returns the exit status */
async function main(): Promise<number> {
  const settings = readSettings(process.env);
  const target = await targetOf(settings);
  if (settings.isTakeDown) return takeDown(target);
  for (const line of target.plan) say(line);
  if (target.kind === "google") {
    await refuseTakenNames(target);
    if (!(await isConsented(settings, ask))) {
      say("Nothing was done.");
      return 1;
    }
  }
  const interruption = onInterruption();
  void interruption.happened.then(() =>
    say(`\nStopping; then everything is taken down. Should this process be killed: ${target.takeDown}`),
  );
  const acceptance = await runAcceptance({
    target,
    settings,
    assumptions: ASSUMPTIONS,
    clock: systemClock,
    say,
    signal: interruption.signal,
  });
  say(`\n${reportText(acceptance)}`);
  say(`Written to ${writeReport(acceptance, settings.folder).join(" and ")}.`);
  if (interruption.signal.aborted) return EXIT_STATUS[await interruption.happened] ?? 1;
  return isAccepted(acceptance) ? 0 : 1;
}

async function takeDown(target: Target): Promise<number> {
  say(`Taking down ${target.prefix}.`);
  await target.destroy();
  say("Nothing is left.");
  return 0;
}

async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) return "";
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof PipelineError && error.code === "CONFIG_INVALID") process.exitCode = 2;
  else if (error instanceof StepError) process.exitCode = 1;
  else throw error;
  console.error(error.message);
}
