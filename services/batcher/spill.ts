/** The way back from the spill: events that Pub/Sub did not take become rows like any other. */
import { reasonOf } from "#services/shared/errors.ts";
import type { Message } from "#services/shared/message.ts";
import { deadLetterObject, SPILL } from "#services/shared/objects.ts";
import { createBatch } from "./batch.ts";
import type { DrainLimits } from "./drain.ts";
import { attempt, type DrainPorts, settle, type Tally } from "./settle.ts";
import { tryOut } from "./trials.ts";

/** Objects per batch: each may hold one event of the largest size. */
const SPILL_BATCH = 200;
const READERS = 8;

/**
 * A spilled object goes away only after its row's object and mark exist. Nobody counts how often one was read, so all of
 * them are handled under a mark (`trials.ts`).
 */
export async function drainSpill(
  ports: DrainPorts,
  limits: DrainLimits,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  const { store } = ports;
  const unstored = new Set<string>();
  const trials = {
    kind: "spill" as const,
    idOf: (name: string) => name,
    handle: async (names: readonly string[]) => {
      for (let left = names; left.length > 0 && unstored.size === 0; ) {
        const { batch, unread } = await readBatch(left, ports, limits);
        const { released, kept } = await settle(batch, ports, tally, over, async (done) => {
          await Promise.all(done.map((name) => store.remove(name)));
        });
        tally.spilled += released;
        for (const name of kept) unstored.add(name);
        left = unread;
      }
    },
    condemn: (name: string, reason: string) => condemnSpilled(name, reason, ports),
  };
  while (!over() && unstored.size === 0) {
    const names = (await attempt(tally, () => store.list(SPILL, SPILL_BATCH))) ?? [];
    if (names.length === 0) return;
    const left = await attempt(tally, () => tryOut(names, trials, ports, over));
    if (left === undefined) return;
  }
}

/** Reads objects until the batch is full. */
async function readBatch(names: readonly string[], ports: DrainPorts, limits: DrainLimits) {
  const batch = createBatch(ports.registry);
  const unread = [...names];
  const read = async () => {
    while (unread.length > 0 && batch.size < limits.batchMaxSize) {
      const name = unread.shift() as string;
      const message = await readSpilled(ports, name);
      if (message === undefined) continue;
      try {
        batch.add(name, message);
      } catch (error) {
        await condemnSpilled(name, `no row can be made of it: ${reasonOf(error)}`, ports);
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return { batch, unread };
}

/** It has the form of a dead letter already, but for the reason, which is in the log. */
async function condemnSpilled(name: string, reason: string, { store, log }: DrainPorts): Promise<void> {
  const object = deadLetterObject(name.slice(SPILL.length, -".json".length));
  await store.copy(name, object);
  await store.remove(name);
  log.error("dead letter", { object, reason });
}

/** `undefined` when another instance took it, or when it is unreadable and was set aside. */
async function readSpilled(ports: DrainPorts, name: string): Promise<Message | undefined> {
  const object = await ports.store.read(name);
  if (object === undefined) return undefined;
  try {
    const { attributes, data_base64 } = JSON.parse(object.bytes.toString("utf8")) as {
      attributes: Record<string, string>;
      data_base64: string;
    };
    return { attributes, data: Buffer.from(data_base64, "base64") };
  } catch (error) {
    ports.log.error("spilled object unreadable", {
      object: name,
      code: "MARK_UNREADABLE",
      reason: reasonOf(error),
    });
    await ports.store.copy(name, `quarantine/${name}`);
    await ports.store.remove(name);
    return undefined;
  }
}
