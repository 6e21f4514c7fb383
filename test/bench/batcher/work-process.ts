/** The batcher's round over a queue that holds as much as is asked for, and its gzip alone, in this process. */
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { createBatch } from "#services/batcher/batch.ts";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { drain } from "#services/batcher/drain.ts";
import { GZIP_LEVEL } from "#services/batcher/write.ts";
import { systemClock } from "#services/shared/clock.ts";
import { createNewId } from "#services/shared/ids.ts";
import type { Queue, Store } from "#services/shared/ports.ts";
import { systemRandom } from "#services/shared/retry.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { generatedMessages } from "../generated-messages.ts";

export interface WorkOrder {
  readonly work: "drain" | "gzip";
  readonly messages: number;
}

export interface WorkResult {
  readonly seconds: number;
  readonly messages: number;
  /** Of rows, before they are compressed. */
  readonly rowBytes: number;
  readonly objects: number;
}

const compress = promisify(gzip);
const registry = loadRegistry();
const messageAt = generatedMessages("batcher", Date.now());
const { limits } = readBatcherConfig({
  GOOGLE_CLOUD_PROJECT: "bench-project",
  GCS_BUCKET: "bench-bucket",
  BATCHER_URL: "http://127.0.0.1:1",
  LOADER_URL: "http://127.0.0.1:1",
});

/** The text of so many rows at most, of one full batch at most. */
function rowsText(messages: number): { readonly text: string; readonly rows: number } {
  const batch = createBatch(registry);
  while (batch.messages < messages && batch.size < limits.batchMaxSize) {
    batch.add("handle", messageAt(batch.messages));
  }
  return {
    text: [...batch.groups.values()].map(({ lines }) => lines.bytes().toString()).join(""),
    rows: batch.messages,
  };
}

/** Of as many rows as tell the mean: all rows of a batch would stay in the memory that is measured. */
function bytesPerRow(): number {
  const { text, rows } = rowsText(500);
  return Buffer.byteLength(text) / rows;
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
function forgetfulStore(): Pick<Store, "create" | "list"> & { readonly created: () => number } {
  let created = 0;
  return {
    created: () => created,
    async create() {
      created += 1;
      return "created";
    },
    list: async () => [],
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
  const begin = performance.now();
  const report = await drain(ports, limits, new AbortController().signal);
  const seconds = (performance.now() - begin) / 1000;
  if (queue.acknowledged() !== messages) {
    throw new Error(`${queue.acknowledged()} of ${messages} are done: ${JSON.stringify(report.reasons)}`);
  }
  return { seconds, messages, rowBytes: messages * bytesPerRow(), objects: report.objects.length };
}

/** As many rows, so many at a time as the batcher has workers. */
async function gzipAlone(messages: number): Promise<WorkResult> {
  const { text, rows } = rowsText(limits.batchMaxMessages);
  const batches = Math.max(limits.workers, Math.round(messages / rows));
  let left = batches;
  const begin = performance.now();
  const worker = async () => {
    while (left-- > 0) await compress(text, { level: GZIP_LEVEL });
  };
  await Promise.all(Array.from({ length: limits.workers }, worker));
  const seconds = (performance.now() - begin) / 1000;
  return {
    seconds,
    messages: batches * rows,
    rowBytes: batches * Buffer.byteLength(text),
    objects: batches,
  };
}

process.on("message", (order) => {
  if (order === "usage") return;
  const { work, messages } = order as WorkOrder;
  void (work === "drain" ? drainAll(messages) : gzipAlone(messages)).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit());
process.channel?.ref();
process.send?.("ready");
