/** How far a longer piece of work is: a bar where it can be drawn over, a line now and then where not. */
import { SingleBar } from "cli-progress";
import type { Terminal } from "./terminal.ts";
import { visible } from "./visible.ts";

export interface Progress {
  update(done: number): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  readonly live: boolean;
  /** For the plain lines; the bar draws on stderr. */
  readonly line: (text: string) => void;
}

/** Plain lines come at each tenth. */
const PLAIN_STEPS = 10;

export function showProgress({ label, total, live, line }: ProgressOptions): Progress {
  if (live) {
    const bar = new SingleBar({
      format: `${visible(label)} {bar} {percentage} % | {value}/{total}`,
      barsize: 30,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      hideCursor: true,
      stream: process.stderr,
    });
    bar.start(total, 0);
    return { update: (done) => bar.update(done), stop: () => bar.stop() };
  }
  let step = 0;
  return {
    update(done) {
      const reached = Math.floor((done * PLAIN_STEPS) / total);
      if (reached > step) {
        step = reached;
        line(`${label} ${done}/${total}`);
      }
    },
    stop: () => undefined,
  };
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** A spinner with the seconds so far, for work of unknown length; nothing where nobody looks. Call the answer to end it. */
export function spin(label: string, { live, draw }: Pick<Terminal, "live" | "draw">): () => void {
  if (!live) return () => undefined;
  const words = visible(label);
  let frame = 0;
  const timer = setInterval(() => {
    const seconds = Math.floor((frame * FRAME_MS) / 1000);
    draw(`\r${FRAMES[frame++ % FRAMES.length]} ${words}${seconds === 0 ? "" : `, ${seconds} s`}`);
  }, FRAME_MS);
  return () => {
    clearInterval(timer);
    draw("\r\u001b[K");
  };
}
