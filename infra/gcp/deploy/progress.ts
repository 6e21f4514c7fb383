/** Turns the messages of an apply into the few lines that a person wants to see. */
import type { Change, Message } from "./messages.ts";

/** Between two lines, by Terraform's own clock. */
const EVERY_MS = 10_000;

export interface Progress {
  take(message: Message): void;
  /** Changes that are done. */
  done(): number;
}

/** Says at most every ten seconds how many changes are done, and what is waited for. */
export function reportProgress(changes: readonly Change[], say: (text: string) => void): Progress {
  const total = changes.length;
  const actions = new Map(changes.map(({ address, action }) => [address, action]));
  const running = new Map<string, number>();
  let done = 0;
  let last: number | undefined;
  return {
    done: () => done,
    take({ type, hook, "@timestamp": timestamp }) {
      if (hook === undefined) return;
      const address = hook.resource.addr;
      if (type === "apply_start") running.set(address, 0);
      else if (type === "apply_progress") running.set(address, hook.elapsed_seconds ?? 0);
      else if (type === "apply_complete" || type === "apply_errored") {
        running.delete(address);
        // The first half of a replacement gets nobody further.
        const isHalf = hook.action === "delete" && actions.get(address) !== "delete";
        if (type === "apply_complete" && !isHalf) done += 1;
      } else return;
      const now = Date.parse(timestamp);
      last ??= now;
      if (now - last < EVERY_MS && done < total) return;
      last = now;
      say(`  ${done} of ${total} done${waitsFor(running)}`);
    },
  };
}

function waitsFor(running: ReadonlyMap<string, number>): string {
  const [longest, ...others] = [...running].toSorted(([, a], [, b]) => b - a);
  if (longest === undefined) return "";
  const [address, seconds] = longest;
  const rest = others.length === 0 ? "" : ` and ${others.length} more`;
  return `; waiting for ${address}${seconds === 0 ? "" : ` (${seconds} s)`}${rest}`;
}
