/** The batcher's round over a queue that holds as much as is asked for, and its gzip alone, in this process. */
import { performance } from "node:perf_hooks";
import { createBatch } from "#services/batcher/batch.ts";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { drain } from "#services/batcher/drain.ts";
import { compress } from "#services/batcher/write.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createNewId } from "#services/shared/ids.ts";
import type { Queue, Store } from "#services/shared/ports.ts";
import { systemRandom } from "#services/shared/retry.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { generatedMessages } from "../generated-messages.ts";

export interface WorkOrder {
  /** Alone, as many at once as the batcher has workers, or one after the other. */
  readonly work: "drain" | "gzip" | "gzip one by one";
  readonly messages: number;
}

export interface WorkResult {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuMicroseconds: number;
  readonly messages: number;
  /** Of rows, before they are compressed. */
  readonly rowBytes: number;
  readonly objects: number;
}

const registry = loadRegistry();
const messageAt = generatedMessages("batcher", Date.now());
const { limits } = readBatcherConfig({
  GOOGLE_CLOUD_PROJECT: "bench-project",
  GCS_BUCKET: "bench-bucket",
  BATCHER_URL: "http://127.0.0.1:1",
  LOADER_URL: "http://127.0.0.1:1",
});

/** So many rows at most, of one full batch at most. */
function rowsOf(messages: number): { readonly bytes: Buffer; readonly rows: number } {
  const batch = createBatch(registry);
  while (batch.messages < messages && batch.size < limits.batchMaxSize) {
    batch.add("handle", messageAt(batch.messages));
  }
  return {
    bytes: Buffer.concat([...batch.groups.values()].map(({ lines }) => lines.bytes())),
    rows: batch.messages,
  };
}

/** Of as many rows as tell the mean: all rows of a batch would stay in the memory that is measured. */
function bytesPerRow(): number {
  const { bytes, rows } = rowsOf(500);
  return bytes.length / rows;
}

/** Wall clock and processor time of all threads. */
async function timed<T>(
  work: () => Promise<T>,
): Promise<{ seconds: number; cpuMicroseconds: number; result: T }> {
  const begin = performance.now();
  const usage = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(usage);
  return { seconds: (performance.now() - begin) / 1000, cpuMicroseconds: user + system, result };
}

/** Makes its messages as they are pulled, so that the backlog itself takes no memory. */
function backlogOf(count: number): Queue & { readonly acknowledged: () => number } {
  let given = 0;
  let acknowledged = 0;
  return {
    acknowledged: () => acknowledged,
    async pull(max) {
      const pulled = Math.min(max, count - given);
      given += pulled;
      return Array.from({ length: pulled }, (_, index) => {
        const n = given - pulled + index;
        return { id: `${n}`, ackId: `ack-${n}`, attempt: 1, message: messageAt(n) };
      });
    },
    async acknowledge(ackIds) {
      acknowledged += ackIds.length;
    },
    async extend() {},
  };
}

/** Takes objects and forgets them. */
function forgetfulStore(): Pick<Store, "create" | "listSized"> & { readonly created: () => number } {
  let created = 0;
  return {
    created: () => created,
    async create() {
      created += 1;
      return "created";
    },
    listSized: async () => [],
  };
}

async function drainAll(messages: number): Promise<WorkResult> {
  const queue = backlogOf(messages);
  const store = forgetfulStore();
  const nothing = () => {};
  const ports = {
    queue,
    store: store as unknown as Store,
    alarm: { arm: async () => {} },
    clock: systemClock,
    random: systemRandom,
    newId: createNewId(),
    registry,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  };
  const { seconds, cpuMicroseconds, result } = await timed(() =>
    drain(ports, limits, new AbortController().signal),
  );
  if (queue.acknowledged() !== messages) {
    throw new Error(`${queue.acknowledged()} of ${messages} are done: ${JSON.stringify(result.reasons)}`);
  }
  return {
    seconds,
    cpuMicroseconds,
    messages,
    rowBytes: messages * bytesPerRow(),
    objects: result.objects.length,
  };
}

/** The same bytes in the batcher's own way. */
async function gzipAlone(messages: number, atOnce: number): Promise<WorkResult> {
  const { bytes, rows } = rowsOf(limits.batchMaxMessages);
  const batches = Math.max(atOnce, Math.round(messages / rows));
  let left = batches;
  const worker = async () => {
    while (left-- > 0) await compress(bytes);
  };
  const { seconds, cpuMicroseconds } = await timed(() => Promise.all(Array.from({ length: atOnce }, worker)));
  return {
    seconds,
    cpuMicroseconds,
    messages: batches * rows,
    rowBytes: batches * bytes.length,
    objects: batches,
  };
}

process.on("message", (order) => {
  if (order === "usage") return;
  const { work, messages } = order as WorkOrder;
  const working =
    work === "drain" ? drainAll(messages) : gzipAlone(messages, work === "gzip" ? limits.workers : 1);
  void working.then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit());
process.channel?.ref();
process.send?.("ready");
