/** The way back from the spill: events that Pub/Sub did not take become rows like any other. */
import { reasonOf } from "#services/shared/errors.ts";
import type { Message } from "#services/shared/message.ts";
import { deadLetterObject, SPILL } from "#services/shared/objects.ts";
import type { SizedObject } from "#services/shared/ports.ts";
import { type Batch, createBatch, isFull } from "./batch.ts";
import type { MarkersPorts } from "./crash-markers.ts";
import type { DrainLimits } from "./drain.ts";
import { attempt, type DrainPorts, noteWait, settle, type Tally } from "./settle.ts";
import { tryOut } from "./trials.ts";

/** Objects per batch, so that a group under suspicion is small. */
const SPILL_BATCH = 200;

/**
 * Objects are read side by side up to so many, and up to so many bytes: each is held as bytes, as text, and as data at once.
 * The largest has 13.4 MB and is then read alone.
 */
const READERS = 8;
const READ_BYTES = 4 * 1024 * 1024;

/**
 * A spilled object goes away only after its row's object and mark exist. Nobody counts how often one was read, so all of
 * them are handled under a marker (`trials.ts`), and after the queue: nothing else may be in hand meanwhile.
 */
export async function drainSpill(
  ports: DrainPorts & MarkersPorts,
  limits: DrainLimits,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  const { store } = ports;
  /** They stay in the spill until a later round. */
  const staying = new Set<string>();
  const unstored = new Set<string>();
  const trials = {
    kind: "spill" as const,
    idOf: ({ name }: SizedObject) => name,
    handle: async (objects: readonly SizedObject[]) => {
      for (let left = objects; left.length > 0 && unstored.size === 0; ) {
        const batch = createBatch(ports.registry, ports.clock);
        left = await readInto(batch, left, ports, limits, (name, waitMs) => {
          staying.add(name);
          noteWait(tally, waitMs);
        });
        const { released, kept } = await settle(batch, ports, tally, over, async (done) => {
          await Promise.all(done.map((name) => store.remove(name)));
        });
        tally.spilled += released;
        for (const name of kept) unstored.add(name);
      }
    },
    condemn: ({ name }: SizedObject, reason: string) => condemnSpilled(name, reason, ports),
  };
  while (!over() && unstored.size === 0) {
    const listed = await attempt(tally, () => store.listSized(SPILL, SPILL_BATCH + staying.size));
    const objects = (listed ?? []).filter(({ name }) => !staying.has(name));
    if (objects.length === 0) return;
    const tried = await attempt(tally, () => tryOut(objects, trials, ports, over));
    if (tried === undefined) return;
    for (const { name } of tried.waiting) staying.add(name);
    if (tried.waiting.length > 0) noteWait(tally, tried.waitMs);
  }
}

/**
 * Reads objects until the batch is full.
 * @param stays told of an object that is for a newer batcher
 * @returns those that were not read
 */
async function readInto(
  batch: Batch,
  objects: readonly SizedObject[],
  ports: DrainPorts,
  limits: DrainLimits,
  stays: (name: string, waitMs: number) => void,
): Promise<readonly SizedObject[]> {
  let next = 0;
  while (next < objects.length && !isFull(batch, limits)) {
    const group = firstGroup(objects, next);
    next += group.length;
    const read = await Promise.all(
      group.map(async ({ name }) => ({ name, message: await readSpilled(ports, name) })),
    );
    for (const { name, message } of read) {
      if (message === undefined) continue;
      try {
        const added = batch.add(name, message);
        if (added !== "added") stays(name, added);
      } catch (error) {
        await condemnSpilled(name, `no row can be made of it: ${reasonOf(error)}`, ports);
      }
    }
  }
  return objects.slice(next);
}

/** As many as may be read at once, one at least. */
function firstGroup(objects: readonly SizedObject[], from: number): readonly SizedObject[] {
  const some = objects.slice(from, from + READERS);
  let bytes = 0;
  const tooMany = some.findIndex((one) => (bytes += one.bytes) > READ_BYTES);
  return tooMany === -1 ? some : some.slice(0, Math.max(1, tooMany));
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
