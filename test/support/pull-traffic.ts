/** A sender of pull events that does not give up, and the question whether all of them are rows, once. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LivePipeline } from "./live-pipeline.ts";
import { PULL_TYPE } from "./pull-message.ts";

const BODY = readFileSync("test/fixtures/seed-pull/body.json");
const TABLE = "dev_chainguard_registry_pull_v1";
const AGAIN_MS = 50;

/** Sends an event again and again until it gets a 202. */
async function deliver(pipeline: LivePipeline, id: string): Promise<void> {
  const headers = {
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": PULL_TYPE,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": "2026-04-23T00:37:47Z",
  };
  while ((await pipeline.post(BODY, headers).catch(() => 0)) !== 202) await sleep(AGAIN_MS);
}

/** At the rate of a busy registry, whatever becomes of the events before; a sender that waited would send nothing. */
const EVERY_MS = 25;
export const EVENTS_MIN = 40;

/**
 * Sends until it is over, and at least `EVENTS_MIN` events.
 * @returns the ids of what was accepted, which is all that was sent
 */
export async function sendUntil(pipeline: LivePipeline, over: AbortSignal): Promise<readonly string[]> {
  const ids: string[] = [];
  const sent: Promise<void>[] = [];
  while (!over.aborted || ids.length < EVENTS_MIN) {
    const id = randomUUID();
    ids.push(id);
    sent.push(deliver(pipeline, id));
    await sleep(EVERY_MS);
  }
  await Promise.all(sent);
  return ids;
}

/** @returns how many of the events are no rows yet. @throws Error when one is a row twice */
export async function missing(pipeline: LivePipeline, ids: readonly string[]): Promise<number> {
  const sql = `SELECT COUNT(*) AS n, COUNT(DISTINCT ce_id) AS ids FROM ${TABLE} WHERE ce_id IN UNNEST(@ids)`;
  const [row] = await pipeline.query<{ n: number; ids: number }>(sql, { ids }).catch(() => []);
  const { n, ids: found } = row ?? { n: 0, ids: 0 };
  if (n !== found) throw new Error(`${n - found} events are rows twice`);
  return ids.length - found;
}
