/** The way back from the spill: events that Pub/Sub did not take become rows like any other. */
import { reasonOf } from "#services/shared/errors.ts";
import type { Message } from "#services/shared/message.ts";
import { SPILL } from "#services/shared/objects.ts";
import { createBatch } from "./batch.ts";
import type { DrainLimits } from "./drain.ts";
import { attempt, type DrainPorts, settle, type Tally } from "./settle.ts";

/** Objects per batch: each may hold one event of the largest size. */
const SPILL_BATCH = 200;
const READERS = 8;

/** A spilled object goes away only after its row's object and mark exist. */
export async function drainSpill(
  ports: DrainPorts,
  limits: DrainLimits,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  const { store } = ports;
  while (!over()) {
    const names = (await attempt(tally, () => store.list(SPILL, SPILL_BATCH))) ?? [];
    if (names.length === 0) return;
    const batch = createBatch(ports.registry);
    const queue = [...names];
    const read = async () => {
      for (
        let name = queue.shift();
        name !== undefined && batch.size < limits.batchMaxSize;
        name = queue.shift()
      ) {
        const message = await readSpilled(ports, name);
        if (message !== undefined) batch.add(name, message);
      }
    };
    const complete = await attempt(tally, () => Promise.all(Array.from({ length: READERS }, read)));
    const { released } = await settle(batch, ports, tally, over, async (done) => {
      await Promise.all(done.map((name) => store.remove(name)));
    });
    tally.spilled += released;
    if (released < batch.messages || !complete) return;
  }
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
