/**
 * Real processes that are killed about once a second while events arrive, and a local cloud that stops, hangs and dies
 * under them. Every 202 is a debt; at the end the books must balance exactly.
 *
 * `CRASH_EVENTS=20000 vitest run test/integration/crashes.test.ts` is the long run, `SEED=…` repeats its faults.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chance, createRandom, pick } from "#services/cli/generate/random.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { pullhouse } from "./cli/run-command.ts";

const EVENTS = Number(process.env["CRASH_EVENTS"] ?? 1_200);
const SEED = process.env["SEED"] ?? randomUUID();
/** Events per second: some of each window's must be under way when something dies. */
const RATE = 150;
const SENDERS = 24;
const BODY = readFileSync("test/fixtures/seed-pull/body.json");
const HOURS = 3_600_000;

const SERVICES = ["receiver", "batcher", "loader"] as const;
const STAND_INS = ["pubsub", "storage", "bigquery", "tasks"] as const;

type Kind = "pull" | "misfit" | "unregistered";
const TABLES: Record<Kind, string> = {
  pull: "dev_chainguard_registry_pull_v1",
  misfit: "rejected_events",
  unregistered: "unregistered_events",
};

let pipeline: LivePipeline;
/** The senders' and the faults' own, so that the ones do not depend on the speed of the others. */
const traffic = createRandom(`${SEED} traffic`);
const chaos = createRandom(`${SEED} chaos`);
const faults: Record<string, number> = {};
/** Ids by the table that they must be in. */
const debts: Record<Kind, string[]> = { pull: [], misfit: [], unregistered: [] };
let posts = 0;

beforeAll(async () => {
  pipeline = await startLivePipeline();
});
afterAll(() => pipeline.stop());

function eventOf(kind: Kind, id: string) {
  return {
    body: kind === "misfit" ? Buffer.from(`{"body":{"when":"${id}"}}`) : BODY,
    headers: {
      "content-type": "application/json",
      "ce-id": id,
      "ce-type": kind === "unregistered" ? "dev.chainguard.new.v9" : PULL_TYPE,
      "ce-source": "cgr.dev",
      "ce-specversion": "1.0",
      "ce-time": "2026-04-23T00:37:47Z",
    },
  };
}

/** A sender that sends again until it gets a 202, and now and then once more although it has it. */
async function deliver(kind: Kind, id: string, again: boolean): Promise<void> {
  const { body, headers } = eventOf(kind, id);
  for (let due = again ? 2 : 1; due > 0; ) {
    posts += 1;
    const status = await pipeline.post(body, headers).catch(() => 0);
    if (status === 202) due -= 1;
    else await sleep(50);
  }
  debts[kind].push(id);
}

async function sendAll(): Promise<void> {
  const start = performance.now();
  let sent = 0;
  const sender = async () => {
    while (sent < EVENTS) {
      const number = sent++;
      await sleep(Math.max(0, start + (number / RATE) * 1_000 - performance.now()));
      const kind = chance(traffic, 0.1) ? pick(traffic, ["misfit", "unregistered"] as const) : "pull";
      await deliver(kind, randomUUID(), chance(traffic, 0.05));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

function inject(fault: string, part: string, signal: NodeJS.Signals): void {
  try {
    pipeline.signal(part, signal);
    faults[`${part} ${fault}`] = (faults[`${part} ${fault}`] ?? 0) + 1;
  } catch (error) {
    // It is dead from the fault before, and not yet back.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

interface Fault {
  readonly part: string;
  readonly kills: boolean;
}

/** Each service killed once, one part of the cloud killed, and two of all stopped for a while, in any order. */
function round(): Fault[] {
  const killed = [...SERVICES, pick(chaos, STAND_INS)].map((part) => ({ part, kills: true }));
  const stopped = [pick(chaos, STAND_INS), pick(chaos, SERVICES)].map((part) => ({ part, kills: false }));
  return [...killed, ...stopped]
    .map((fault) => ({ fault, order: chaos() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ fault }) => fault);
}

/** One fault about every second, at least one round, until `done`. */
async function harm(done: AbortSignal): Promise<void> {
  do {
    for (const { part, kills } of round()) {
      if (kills) inject("killed", part, "SIGKILL");
      else {
        inject("stopped", part, "SIGSTOP");
        await sleep(200 + chaos() * 1_800);
        inject("continued", part, "SIGCONT");
      }
      await sleep(400 + chaos() * 1_000);
    }
  } while (!done.aborted);
}

/** How many rows, and how many different ids; zero of both while the table is not there or nobody answers. */
async function rowsOf(table: string): Promise<{ rows: number; ids: number }> {
  const sql = `SELECT COUNT(*) AS n, COUNT(DISTINCT ce_id) AS ids FROM ${table}`;
  const [row] = await pipeline.query<{ n: number; ids: number }>(sql).catch(() => []);
  return { rows: row?.n ?? 0, ids: row?.ids ?? 0 };
}

const leftovers = async (prefix: string) =>
  (await pipeline.bucket.getFiles({ prefix }))[0].map(({ name }) => name);

test(`${EVENTS} events while everything dies: each is one row in the right table (SEED=${SEED})`, {
  timeout: HOURS,
}, async () => {
  const done = new AbortController();
  const harming = harm(done.signal);
  await sendAll();
  done.abort();
  await harming;

  const patience = { timeout: 300_000, interval: 1_000 };
  for (const kind of Object.keys(debts) as Kind[]) {
    const n = debts[kind].length;
    await expect.poll(() => rowsOf(TABLES[kind]), patience).toEqual({ rows: n, ids: n });
    const rows = await pipeline.query<{ ce_id: string }>(`SELECT ce_id FROM ${TABLES[kind]}`);
    expect(new Set(rows.map((row) => row.ce_id))).toEqual(new Set(debts[kind]));
  }
  for (const prefix of ["pending/", "plans/", "spill/", "quarantine/"]) {
    await expect.poll(() => leftovers(prefix), patience).toEqual([]);
  }
  const staging =
    "SELECT table_name FROM INFORMATION_SCHEMA.TABLES WHERE STARTS_WITH(table_name, 'staging_')";
  await expect.poll(() => pipeline.query(staging), patience).toEqual([]);

  const { status, out } = await pullhouse(["prove", "--since", "2h"], pipeline.env);
  expect(status, out).toBe(0);

  console.log(`${posts} requests for ${EVENTS} events; faults: ${JSON.stringify(faults)}`);
  for (const part of SERVICES) expect(faults[`${part} killed`] ?? 0, part).toBeGreaterThan(0);
  for (const fault of ["killed", "stopped"])
    expect(Object.keys(faults).filter((name) => name.endsWith(fault))).not.toEqual([]);
});
