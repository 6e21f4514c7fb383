/** How much a round asks for: little at first, a thousand of small messages soon, and never many large ones. */
import { expect, test } from "vitest";
import { type DrainLimits, drain } from "#services/batcher/drain.ts";
import { createDrain } from "#services/batcher/one-round.ts";
import { createPullSize, PULL_MAX_BYTES } from "#services/batcher/pull-size.ts";
import { PipelineError } from "#services/shared/errors.ts";
import type { Message } from "#services/shared/message.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { pullMessage } from "#test/support/pull-message.ts";

const limits: DrainLimits = {
  workers: 2,
  batchMaxMessages: 20_000,
  batchMaxSize: 8 * 1024 * 1024,
  batchMaxAgeMs: 1e6,
  pullWaitMs: 1,
  pullAgainMs: 1,
  pullPatienceMs: 1,
  leaseSeconds: 60,
  suspectAttempts: 5,
  windowMs: 60_000,
  roundMaxMs: 60_000,
};

/** Of so many bytes, without a copy for each. */
const shared = new Map<number, Buffer>();
function messageOf(id: string, bytes: number): Message {
  if (!shared.has(bytes)) shared.set(bytes, Buffer.alloc(bytes, "x"));
  return { ...pullMessage(id, { type: "com.example.large" }), data: shared.get(bytes) as Buffer };
}

/** A round over messages of these sizes, as an answer that is too large is refused. */
async function drainSizes(sizes: readonly number[]) {
  const cloud = new MemoryCloud();
  for (const [number, bytes] of sizes.entries())
    cloud.messages.set(`m${number}`, messageOf(`m${number}`, bytes));
  const ports = startInstance(cloud);
  const asked: number[] = [];
  let refused = 0;
  let mostBytes = 0;
  const pull: typeof ports.queue.pull = async (max, waitMs) => {
    asked.push(max);
    const given = await ports.queue.pull(max, waitMs);
    const bytes = given.reduce((sum, { message }) => sum + message.data.byteLength, 0);
    if (bytes > PULL_MAX_BYTES) {
      refused += 1;
      throw new PipelineError("PULL_TOO_LARGE", "later", "too large");
    }
    mostBytes = Math.max(mostBytes, bytes);
    return given;
  };
  const rounds: number[] = [];
  const queue = { ...ports.queue, pull };
  const round = createDrain({ ...ports, queue }, limits, new AbortController().signal);
  while (cloud.messages.size > 0 && rounds.length < 50) {
    const before = cloud.messages.size;
    expect(await round()).toMatchObject({ reasons: [] });
    rounds.push(before - cloud.messages.size);
    cloud.expireLeases();
  }
  expect(cloud.messages.size).toBe(0);
  return { asked, refused, mostBytes, rounds };
}

const times = (count: number, bytes: number) => Array.from({ length: count }, () => bytes);

test("of small messages a thousand after four pulls", () => {
  const size = createPullSize();
  const asked = Array.from({ length: 6 }, () => {
    const next = size.next(20_000);
    size.gave(
      Array.from({ length: next }, () => ({ id: "", ackId: "", attempt: 1, message: messageOf("m", 1_000) })),
    );
    return next;
  });
  expect(asked).toEqual([1, 8, 64, 512, 1_000, 1_000]);
  expect(size.next(20)).toBe(20);
});

test("one at a time of the largest, from the first pull on", async () => {
  const { asked, refused, rounds } = await drainSizes(times(10, 10_000_000));
  expect(new Set(asked)).toEqual(new Set([1]));
  expect({ refused, rounds }).toEqual({ refused: 0, rounds: [10] });
});

test("four at a time of a mebibyte", async () => {
  const { asked, refused } = await drainSizes(times(60, 1024 * 1024));
  expect(Math.max(...asked)).toBeLessThanOrEqual(4);
  expect(refused).toBe(0);
});

test("large ones behind small ones are refused a few times, and then come one by one", async () => {
  const { refused, mostBytes, rounds } = await drainSizes([...times(3_000, 1_000), ...times(8, 10_000_000)]);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(5);
  expect(mostBytes).toBeLessThanOrEqual(PULL_MAX_BYTES);
  // A pull that is refused holds its messages back until their leases end, so each may cost a round.
  expect(rounds[0]).toBeGreaterThan(2_000);
  expect(rounds.length).toBeLessThanOrEqual(refused + 1);
});

test("a batch is written when it is full, and what else was pulled with it is the next one's", async () => {
  const cloud = new MemoryCloud();
  for (let number = 0; number < 40; number++) cloud.messages.set(`m${number}`, pullMessage(`m${number}`));
  const ports = startInstance(cloud);
  const few = { ...limits, workers: 1, batchMaxSize: 2_000 };
  const report = await drain(ports, few, new AbortController().signal);
  expect(report).toMatchObject({ outcome: "drained", messages: 40 });
  // A row has some 400 bytes.
  expect(report.objects.length).toBeGreaterThan(6);
});
