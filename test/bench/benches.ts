/** The one list of benches: a new one is a file beside this and a line in it. */
import { benchBatcher } from "./batcher/bench-batcher.ts";
import { benchColdStart } from "./cold-start/bench-cold-start.ts";
import { benchEndToEnd } from "./end-to-end/bench-end-to-end.ts";
import { benchLoader } from "./loader/bench-loader.ts";
import type { Bench } from "./measure.ts";
import { benchMemory } from "./memory/bench-memory.ts";
import { benchOverload } from "./receiver/bench-overload.ts";
import { benchReceiver } from "./receiver/bench-receiver.ts";

export const BENCHES: ReadonlyMap<string, Bench> = new Map([
  ["receiver", benchReceiver],
  ["overload", benchOverload],
  ["batcher", benchBatcher],
  ["loader", benchLoader],
  ["end-to-end", benchEndToEnd],
  ["cold-start", benchColdStart],
  ["memory", benchMemory],
]);
