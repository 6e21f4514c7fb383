/** The deploy commands' tools for a test: a clock that only pauses move, and nobody at the terminal. */
import type { Tools } from "#infra/gcp/deploy/tools.ts";

/** @param given what the test answers; a command that it does not answer fails the test */
export function scriptedTools(given: Partial<Tools>): Tools {
  let time = 0;
  const unexpected = (what: string) => (command: string) =>
    Promise.reject(new Error(`nobody expected to ${what} ${command}`));
  return {
    show: unexpected("show"),
    ask: unexpected("ask"),
    read: unexpected("read"),
    stream: unexpected("stream"),
    say: () => {},
    question: () => Promise.resolve(""),
    now: () => time,
    pause: (ms) => {
      time += ms;
      return Promise.resolve();
    },
    interrupted: new AbortController().signal,
    ...given,
  };
}
