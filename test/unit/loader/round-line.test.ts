/** The loader's line after each round, which the alert on waiting objects measures. */
import { expect, test } from "vitest";
import { createLoaderApp } from "#services/loader/app.ts";
import { createLog } from "#services/shared/log.ts";
import { pendingMark } from "#services/shared/objects.ts";
import { MemoryCloud, startInstance } from "#test/support/memory-cloud.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { loadLimits } from "#test/support/round-limits.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

async function lineOfRound(cloud: MemoryCloud, failing = false) {
  const lines: Record<string, unknown>[] = [];
  const instance = startInstance(cloud);
  const broken = async () => {
    throw new Error("away");
  };
  const ports = {
    ...instance,
    clock: { ...instance.clock, now: () => NOW },
    store: failing ? { ...instance.store, list: broken } : instance.store,
    log: createLog("loader", "INFO", {
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
  };
  const app = createLoaderApp(ports, loadLimits, new AbortController().signal, () => {
    throw new Error("nobody asked for it");
  });
  await app.request("/load", { method: "POST" });
  return lines.find(({ message }) => message === "round");
}

function pending(cloud: MemoryCloud, type: string, id: string, drainedAt: string): void {
  const manifest = { object: `events/${type}/dt=2026-11-20/${id}.ndjson.gz`, rows: 1, drainedAt };
  cloud.objects.set(pendingMark(type, id), {
    bytes: Buffer.from(JSON.stringify(manifest)),
    generation: cloud.nextGeneration(),
  });
}

test("it tells how old the oldest mark of all types is that the round had to leave", async () => {
  const cloud = new MemoryCloud();
  // Without a schema file they stay pending.
  pending(cloud, "com.example.a", "01", "2026-11-20T11:50:00Z");
  pending(cloud, "com.example.a", "02", "2026-11-20T11:59:00Z");
  pending(cloud, "com.example.b", "01", "2026-11-20T11:45:00.500Z");
  expect(await lineOfRound(cloud)).toMatchObject({
    severity: "INFO",
    outcome: "partial",
    oldestPendingSeconds: 899,
  });
});

test("it is 0 when nothing waits, and for marks from a clock ahead of ours", async () => {
  const cloud = new MemoryCloud();
  expect(await lineOfRound(cloud)).toMatchObject({ outcome: "empty", oldestPendingSeconds: 0 });
  pending(cloud, PULL_TYPE, "01", "2026-11-20T12:00:10Z");
  expect(await lineOfRound(cloud)).toMatchObject({ oldestPendingSeconds: 0 });
});

test("a store that does not answer leaves the age out and the line in", async () => {
  const line = await lineOfRound(new MemoryCloud(), true);
  expect(line).toMatchObject({ severity: "WARNING", reason: "away" });
  expect(line).not.toHaveProperty("oldestPendingSeconds");
});
