/** `pullhouse doctor`: whether a running deployment is well, and what to do where it is not. */
import { Command, InvalidArgumentError } from "commander";
import { httpUrl } from "../arguments.ts";
import { LATE_AFTER, seconds } from "../late.ts";
import { DEFAULT_DATASET } from "../place.ts";
import { spin } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { alarms } from "./alarms.ts";
import type { Check } from "./check.ts";
import { configuration } from "./configuration.ts";
import { deadLetters } from "./dead-letters.ts";
import { openExam } from "./exam.ts";
import { type Examined, examine } from "./examine.ts";
import { lag } from "./lag.ts";
import { lastLoad } from "./last-load.ts";
import { permissions } from "./permissions.ts";
import { receiver } from "./receiver.ts";
import { countVerdicts, examinedText, summaryText } from "./render.ts";
import { rollups } from "./rollups.ts";

const CHECKS: readonly Check[] = [
  configuration,
  permissions,
  receiver,
  lag,
  lastLoad,
  rollups,
  deadLetters,
  alarms,
];

interface DoctorOptions {
  readonly only?: readonly Check[];
  readonly json?: true;
  readonly timeout: number;
  readonly lateAfter?: number;
  readonly receiver?: string;
  readonly project?: string;
  readonly dataset?: string;
  readonly bucket?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse doctor                               # the local cloud of \`make up\`
  $ pullhouse doctor --project my-project --bucket my-bucket --receiver https://receiver.example
  $ pullhouse doctor --only lag,alarms
  $ pullhouse doctor --json | jq '.findings[] | select(.verdict == "broken")'

Checks: ${CHECKS.map(({ name }) => name).join(", ")}.
On Google Cloud it takes names from the services' variables (docs/operate/configuration.md) where they are set. Nothing is
changed; last-load reads the table loads of seven days, rollups that of 90. See docs/operate/doctor.md.

Status: 0 when nothing is broken, 1 when something is, 2 when nothing is and something could not be checked.`;

/** A request may take so long, the whole run as --timeout says. */
const REQUEST_TIMEOUT_MS = 20_000;

export function doctorCommand(terminal: Terminal): Command {
  return new Command("doctor")
    .summary("check a running deployment")
    .description(
      "Checks configuration, permissions, receiver, lag, last loads, rollups, dead letters and alarms of a deployment, and " +
        "says what to do.",
    )
    .option("--only <checks>", "these checks only, with commas between", checksOf)
    .option("--json", "print one JSON document")
    .option("--timeout <seconds>", "how long the whole run may take", seconds, 60)
    .option("--late-after <seconds>", LATE_AFTER, seconds)
    .option("-r, --receiver <url>", "address of the receiver (default: RECEIVER_URL)", httpUrl)
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((options: DoctorOptions) => run(terminal, options));
}

/** What could not be found out ends with 2, so that it is not taken for a fault. */
const STATUS = { broken: 1, unknown: 2 } as const;

async function run(terminal: Terminal, options: DoctorOptions): Promise<void> {
  const { only = CHECKS, timeout, lateAfter, json, ...places } = options;
  const timeoutMs = 1_000 * timeout;
  const exam = openExam(terminal.env, {
    ...places,
    ...(lateAfter === undefined ? {} : { lateAfterMs: 1_000 * lateAfter }),
    requestTimeoutMs: Math.min(timeoutMs, REQUEST_TIMEOUT_MS),
  });
  const deadline = AbortSignal.timeout(timeoutMs);
  const all: Examined[] = [];
  let stopSpinning = spin("examining", terminal);
  try {
    for await (const examined of examine(only, exam, deadline)) {
      stopSpinning();
      if (terminal.signal.aborted) return;
      all.push(examined);
      if (!json) await terminal.outAsIs(examinedText(examined));
      stopSpinning = spin("examining", terminal);
    }
  } finally {
    stopSpinning();
    await exam.close();
  }
  const counts = countVerdicts(all);
  await (json ? terminal.out(document(all, counts)) : terminal.outAsIs(summaryText(counts)));
  if (counts.broken > 0) process.exitCode = STATUS.broken;
  else if (counts.unknown > 0) process.exitCode = STATUS.unknown;
  // A request that was given up would hold the process for as long as its client goes on.
  if (deadline.aborted) process.exit();
}

function document(all: readonly Examined[], counts: ReturnType<typeof countVerdicts>): string {
  const findings = all.flatMap(({ check, findings }) => findings.map((finding) => ({ check, ...finding })));
  const healthy = counts.broken === 0 && counts.unknown === 0;
  return `${JSON.stringify({ healthy, counts, findings })}\n`;
}

function checksOf(text: string): readonly Check[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !CHECKS.some((check) => check.name === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `There is no check "${unknown}"; there are ${CHECKS.map(({ name }) => name).join(", ")}.`,
    );
  return CHECKS.filter(({ name }) => names.includes(name));
}
