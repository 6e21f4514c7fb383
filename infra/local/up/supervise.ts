/** Starts the parts in order, keeps them running, and stops them in the opposite order. */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalPlan, Part } from "../environment.ts";
import { stateFolderProblem } from "../state-folder.ts";
import { lockHome } from "./home-lock.ts";
import { portProblems } from "./ports.ts";
import { isRunning } from "./process-table.ts";
import { type Notice, REPOSITORY_ROOT, RunningPart, WATCH_PARENT } from "./running-part.ts";

/** What the user can mend; its message is all that they need to see. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
}

export interface Supervised {
  readonly parts: readonly RunningPart[];
  /** Services first, then what they talk to. Safe to call twice, and while the start is under way. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  readonly plan: LocalPlan;
  /** The caller's own variables; the plan's go over them. */
  readonly env: NodeJS.ProcessEnv;
  readonly notice: (notice: Notice) => void;
  /** Called when the stand-ins are up, before the services start. */
  readonly beforeServices?: () => Promise<void>;
  /** Called when the services start, and waited for as they are. */
  readonly besideServices?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** What a supervisor that was killed has left needs this long at most to end (watch-parent.ts). */
const ORPHANS_END_WITHIN_MS = 12_000;
const LOOK_AGAIN_MS = 100;

/** @throws CannotStart when the folder is in use or cannot be written, a port is taken, or a part ends while it starts */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { plan } = options;
  const problem = stateFolderProblem(plan.home);
  if (problem !== undefined) throw new CannotStart(problem);
  const lock = await lockHome(plan.home);
  if (lock.outcome === "busy") {
    const taken = await portProblems(plan.parts);
    throw new CannotStart(
      [
        `a pipeline is running already with its state in ${plan.home}: stop it (Ctrl-C where it runs) or set PULLHOUSE_HOME to another folder`,
        ...taken,
      ].join("\n"),
    );
  }
  const running: RunningPart[] = [];
  const stop = async () => {
    for (const kind of ["service", "stand-in"] as const) {
      await Promise.all(running.filter(({ part }) => part.kind === kind).map((one) => one.stop()));
    }
    await lock.release();
  };
  // Ends the start that is under way: a part that is stopped while it starts fails its start.
  const interrupt = () => void Promise.all(running.map((one) => one.stop()));
  options.signal?.addEventListener("abort", interrupt, { once: true });
  try {
    await requireFreePorts(plan, lock.crashed);
    const logFolder = prepareLogs(plan);
    const context = {
      root: REPOSITORY_ROOT,
      logFolder,
      variables: { ...options.env, ...plan.variables },
      notice: options.notice,
    };
    const startAll = async (kind: Part["kind"]) => {
      options.signal?.throwIfAborted();
      const started = plan.parts
        .filter((part) => part.kind === kind)
        .map((part) => new RunningPart(part, context));
      running.push(...started);
      const outcomes = await Promise.allSettled(started.map((one) => one.start()));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed !== undefined)
        throw new CannotStart((failed.reason as Error).message, { cause: failed.reason });
    };
    await startAll("stand-in");
    options.signal?.throwIfAborted();
    await options.beforeServices?.();
    await Promise.all([startAll("service"), options.besideServices?.()]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", interrupt);
  }
  return { parts: running, stop };
}

/** After a crash the parts end by themselves, but a port may be free before its process has closed its files. */
async function requireFreePorts(plan: LocalPlan, afterCrash: boolean): Promise<void> {
  const until = performance.now() + (afterCrash ? ORPHANS_END_WITHIN_MS : 0);
  while (performance.now() < until && (await hasOrphans(plan))) await sleep(LOOK_AGAIN_MS);
  const problems = await portProblems(plan.parts);
  if (problems.length > 0) throw new CannotStart(problems.join("\n"));
}

async function hasOrphans(plan: LocalPlan): Promise<boolean> {
  for (const file of globSync(join(logFolderOf(plan), "*.pid"))) {
    if (await isRunning(Number(readFileSync(file, "utf8")), WATCH_PARENT)) return true;
  }
  return false;
}

const logFolderOf = (plan: LocalPlan) => join(plan.home, "logs");

/** Each run has its own logs; the ones of the run before are kept beside them. */
function prepareLogs(plan: LocalPlan): string {
  const folder = logFolderOf(plan);
  mkdirSync(folder, { recursive: true });
  for (const { name } of plan.parts) {
    const file = join(folder, `${name}.log`);
    if (existsSync(file)) renameSync(file, `${file}.1`);
  }
  return folder;
}
