/** Prints what the steps of an event allocate, in bytes per event, as JSON; see `allocations.test.ts`. */
import { fromMessage } from "#services/shared/message.ts";
import { judge } from "#services/shared/row/judge.ts";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { generatedMessages } from "#test/bench/generated-messages.ts";

const EVENTS = 500;
/** The first ones are interpreted, and allocate what compiled code does not. */
const ROUNDS = 12;

const registry = loadRegistry();
const messageAt = generatedMessages("allocations", Date.now());
const messages = Array.from({ length: EVENTS }, (_, n) => messageAt(n));
const events = messages.map(fromMessage);
const collectGarbage = globalThis.gc as () => void;

/** Nothing is collected meanwhile, as young objects have all the room that they need. */
function bytesPerEvent(step: () => void): number {
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    step();
    bytes = process.memoryUsage().heapUsed - before;
  }
  return Math.round(bytes / EVENTS);
}

const allocated = {
  fromMessage: bytesPerEvent(() => {
    for (const message of messages) fromMessage(message);
  }),
  judge: bytesPerEvent(() => {
    for (const { event } of events) judge(registry, event);
  }),
  toRow: bytesPerEvent(() => {
    for (const { event, receipt } of events) toRow(registry, event, receipt);
  }),
};
process.stdout.write(JSON.stringify(allocated));
