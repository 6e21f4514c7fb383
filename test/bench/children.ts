/** The processes that a run has started, whoever of its benches did: none of them may outlive it. */
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

export interface Children {
  /** SIGKILL, as nothing that they hold is wanted any more; resolves when none is left. */
  end(): Promise<void>;
}

/** Knows of those that are started from now on (https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#child-process). */
export function watchChildren(): Children {
  const children = new Set<ChildProcess>();
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    children.add(child);
    child.once("exit", () => children.delete(child));
  });
  const kill = () => {
    const running = [...children].filter(isRunning);
    for (const child of running) child.kill("SIGKILL");
    return running;
  };
  // An end that nobody foresaw.
  process.once("exit", kill);
  return {
    async end() {
      // Who keeps a process running starts it again; until all are gone, there may be new ones.
      for (let running = kill(); running.length > 0; running = kill()) await Promise.all(running.map(exitOf));
    },
  };
}

/** One that could not be started has no id. */
const isRunning = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null;

const exitOf = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
