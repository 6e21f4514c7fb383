/** What V8 may take beside what an instance has. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { HEAPS, sizeOf } from "#infra/gcp/sizes.ts";

const MIB = 1_048_576;
/** Node's own file in memory, C's heap and other threads: 68 MiB in the receiver (docs/internals/performance.md, "Memory"). */
const BESIDE_THE_HEAP = 100;

const receivers = (receiverShape: string) => ({ maxReceivers: 1, receiverShape });
const CASES = [
  { heap: "receiver", size: sizeOf("receiver", receivers("shared")) },
  { heap: "receiver", size: sizeOf("receiver", receivers("always")) },
  { heap: "receiver", size: sizeOf("receiver", receivers("small")) },
  { heap: "batcher", size: sizeOf("batcher", receivers("shared")) },
  { heap: "batcher", size: sizeOf("batcher", receivers("small")) },
  { heap: "loader", size: sizeOf("loader", receivers("shared")) },
] as const;

test.each(CASES)(
  "Node takes the options of the $heap, and its heap leaves room in $size.memory",
  ({ heap, size }) => {
    const script = "process.stdout.write(String(v8.getHeapStatistics().heap_size_limit))";
    const limit = Number(
      execFileSync(process.execPath, ["-e", script], { env: { ...HEAPS[heap] }, encoding: "utf8" }),
    );
    const [, semi, old] = /^--max-semi-space-size=(\d+) --max-old-space-size=(\d+)$/.exec(
      HEAPS[heap].NODE_OPTIONS,
    ) as string[];
    // New objects have two such spaces, and a third while the two change places.
    expect(limit / MIB).toBe(Number(old) + 3 * Number(semi));
    expect(limit / MIB + BESIDE_THE_HEAP).toBeLessThanOrEqual(Number.parseInt(size.memory, 10));
  },
);
