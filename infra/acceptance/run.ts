/** One acceptance run: deploy, exercise, compare, check every assumption, take down. */
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Assumption } from "./assumption.ts";
import { type Checked, checkAll } from "./check-all.ts";
import type { Deployment, Target } from "./deployment.ts";
import {
  type Exercise,
  openExercise,
  postSamples,
  sendLoneEvent,
  sendUnderKills,
  sendWhileRefused,
} from "./exercise.ts";
import { type Bill, billFor } from "./money.ts";
import type { Observed } from "./observed.ts";
import type { Settings } from "./settings.ts";
import { createSteps, type Step, type Steps } from "./steps.ts";
import { auditMessages, compareAllRows, examine } from "./verify.ts";

export interface AcceptanceOptions {
  readonly target: Target;
  readonly settings: Pick<Settings, "events" | "seed" | "idleSeconds" | "isKept">;
  /** Samples of each sender at most; all, if left out. */
  readonly samples?: number;
  readonly assumptions: readonly Assumption[];
  readonly clock: Clock;
  readonly say: (text: string) => void;
  /** Aborted by Ctrl-C: nothing more is begun, and everything is taken down. */
  readonly signal: AbortSignal;
}

export interface Acceptance {
  readonly target: Target["kind"];
  readonly prefix: string;
  readonly seed: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly Step[];
  readonly checked: readonly Checked[];
  readonly bill?: Bill;
  /** The command that takes down what is left; left out when nothing is. */
  readonly takeDown?: string;
}

/** Every step went well, no assumption failed, and nothing was left behind against the caller's will. */
export function isAccepted({ steps, checked }: Acceptance): boolean {
  return steps.every(({ isOk }) => isOk) && checked.every(({ outcome }) => outcome !== "did not hold");
}

export async function runAcceptance(options: AcceptanceOptions): Promise<Acceptance> {
  const { target, settings, clock, say } = options;
  const steps = createSteps(clock, say);
  const observed: Observed = { startedAt: clock.now(), kills: [], requests: 0, bytes: 0 };
  const checked: Checked[] = [];
  let bill: Bill | undefined;
  let deployment: Deployment | undefined;
  let takeDown: string | undefined = target.takeDown;
  try {
    const isDeployed = await steps.run("deploy", async () => {
      deployment = await target.deploy(options.signal);
      observed.deployedAt = clock.now();
      return deployment.receiverUrl;
    });
    if (isDeployed && deployment !== undefined) {
      await exercise(options, steps, observed, deployment);
      checked.push(
        ...(await checkAll(options.assumptions, "while it runs", { deployment, observed, clock })),
      );
      bill = await billFor(deployment, observed);
    }
  } finally {
    if (settings.isKept) say(`KEEP=1: it stays. ${target.takeDown}`);
    else if (await steps.run("take down", () => takeDownAll(target))) takeDown = undefined;
  }
  if (deployment !== undefined && takeDown === undefined)
    checked.push(...(await checkAll(options.assumptions, "after", { deployment, observed, clock })));
  return {
    target: target.kind,
    prefix: target.prefix,
    seed: settings.seed,
    startedAt: new Date(observed.startedAt).toISOString(),
    seconds: (clock.now() - observed.startedAt) / 1000,
    steps: steps.all,
    checked,
    ...(bill === undefined ? {} : { bill }),
    ...(takeDown === undefined ? {} : { takeDown }),
  };
}

/** Each step needs the ones before; what went wrong is in the list of steps. */
async function exercise(
  { settings, samples, clock, signal }: AcceptanceOptions,
  steps: Steps,
  observed: Observed,
  deployment: Deployment,
): Promise<void> {
  const { events, seed, idleSeconds } = settings;
  const running = openExercise({ deployment, observed, clock, signal, seed });
  const all: readonly (readonly [string, (exercise: Exercise) => Promise<string>])[] = [
    ["samples of every sender", (one) => postSamples(one, seed, samples)],
    [`${events} events while services are killed`, (one) => sendUnderKills(one, events, seed)],
    ["MERGE refused", sendWhileRefused],
    ["one event on a quiet pipeline", sendLoneEvent],
    ["exact rows", compareAllRows],
    ["audit of every message", auditMessages],
    ["doctor", examine],
    ...(idleSeconds === 0 ? [] : [["idle", (one: Exercise) => stayIdle(one, idleSeconds)] as const]),
  ];
  try {
    for (const [name, work] of all) {
      if (signal.aborted) break;
      await steps.run(name, () => work(running));
    }
  } finally {
    running.posting.close();
    await steps.run("watch of the rows", async () => {
      await running.arrivals.stop();
      return "the warehouse answered to the end";
    });
  }
  if (signal.aborted)
    await steps.run("interrupted", () => Promise.reject(new Error(reasonOf(signal.reason))));
}

async function stayIdle({ clock, signal, observed }: Exercise, seconds: number): Promise<string> {
  const from = clock.now();
  await clock.sleep(1000 * seconds, signal);
  observed.idle = { from, until: clock.now() };
  return `nothing was sent for ${seconds} s`;
}

/** What a network hiccup has left is often gone at the second try. */
const TRIES = 3;

async function takeDownAll(target: Target): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      await target.destroy();
      return "nothing is left";
    } catch (error) {
      if (attempt >= TRIES) throw error;
    }
  }
}
