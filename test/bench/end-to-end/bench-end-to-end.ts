/**
 * From a POST to the row that a query finds, at several rates, with the processor time that each service takes meanwhile. The
 * local BigQuery's jobs take as long as public reports say of BigQuery's.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { JOB_PATIENCE_MS } from "#services/loader/config.ts";
import { EnvReader, readWindowMs } from "#services/shared/config.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { type BenchOptions, type BenchReport, type Figure, figure, group } from "../measure.ts";
import { processorTime } from "../process-figures.ts";
import { endOfMerge, mergesInto } from "./merge-ends.ts";

/** The default of the services, not that of `make up`. */
const WINDOW_SECONDS = readWindowMs(new EnvReader({})) / 1000;
const WINDOW_SECONDS_QUICK = 2;

/**
 * After public reports, read 2026-11-30. 26 INSERTs of one row took 70 s, which is 2.7 s each
 * (https://github.com/googleapis/python-bigquery-sqlalchemy/issues/1161, January 2025). A query job that inserts 1,000 rows of a
 * JSON parameter took 6 to 7 s (https://github.com/faucet-hq/faucet-stream/issues/612, August 2026). A load job of less than
 * 1 MB spends much of its time on its own start and end
 * (http://what-when-how.com/Tutorial/topic-1447s2rlff7/Google-BigQuery-Analytics-235.html); its seconds are an assumption.
 */
const JOB_SECONDS = "load=2-10,insert=1-3,merge=2-8,seed=end-to-end";
const JOB_SECONDS_QUICK = "load=0.2-1,insert=0.1-0.3,merge=0.2-0.8,seed=end-to-end";

/** For how long each rate is sent: over several windows where that is few events, as each window has one draw of its jobs' times. */
const RATES: ReadonlyMap<number, number> = new Map([
  [1, 180],
  [10, 180],
  [100, 120],
  [1_000, 60],
]);
const RATES_QUICK: ReadonlyMap<number, number> = new Map([
  [10, 2],
  [100, 2],
]);
const TYPE = "dev.chainguard.registry.pull.v1";
const TABLE = "dev_chainguard_registry_pull_v1";
const PATIENCE_MS = 60_000;
/** As the receiver's 503 asks for. */
const RETRY_AFTER_MS = 1_000;
/** Overloaded; and a body that came too slowly, since the sender has its cores with everybody else. */
const AGAIN: ReadonlySet<number> = new Set([503, 408]);
const SERVICES = ["receiver", "batcher", "loader"] as const;

interface Sent {
  readonly id: string;
  readonly at: number;
  /** Until the 202, what was refused before it included. */
  readonly answerMs: number;
  readonly refusals: number;
}

export async function benchEndToEnd({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rates = quick ? RATES_QUICK : RATES;
  const windowSeconds = quick ? WINDOW_SECONDS_QUICK : WINDOW_SECONDS;
  const jobSeconds = quick ? JOB_SECONDS_QUICK : JOB_SECONDS;
  await using stack = new AsyncDisposableStack();
  const pipeline = await startLivePipeline({
    WINDOW_SECONDS: String(windowSeconds),
    JOB_PATIENCE_MS: String(JOB_PATIENCE_MS),
    PULLHOUSE_JOB_SECONDS: jobSeconds,
  });
  stack.defer(() => pipeline.stop());
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const [rate, seconds] of rates) {
    progress(`${rate}/s: signing`);
    const posts = await preparePosts(pipeline, rate, rate * seconds);
    progress(`${rate}/s: sending for ${seconds} s`);
    const before = SERVICES.map((service) => processorTime(pipeline.pid(service)));
    const sent = await sendAt(rate, posts, pipeline);
    const refusals = sent.reduce((sum, one) => sum + one.refusals, 0);
    if (refusals > 0)
      notes.push(
        `At ${rate}/s ${refusals} requests were answered 503 or 408, and came again a second later.`,
      );
    progress(`${rate}/s: waiting for the rows`);
    const rows = await rowsOf(sent, pipeline, windowSeconds);
    const merges = new Set([...rows.values()].map(({ committed }) => committed)).size;
    notes.push(`At ${rate}/s ${merges} MERGEs brought the rows.`);
    const processor = SERVICES.map((service, index) => {
      const used = processorTime(pipeline.pid(service)) - (before[index] ?? 0);
      return figure(
        "µs",
        { what: `processor per event, ${service}`, samples: [(1_000 * used) / sent.length] },
        { what: "one core, all the time", samples: [1e6 / rate] },
      );
    });
    figures.push(...stages(rate, sent, rows, windowSeconds, processor));
  }
  return {
    title: "End to end",
    figures,
    notes: [
      `${[...rates].map(([rate, seconds]) => `${rate}/s for ${seconds} s`).join(", ")}; windows of ${windowSeconds} s, everything on this machine: services, stand-ins and the sender.`,
      `The local BigQuery's jobs take as long as reports say of BigQuery's: PULLHOUSE_JOB_SECONDS=${jobSeconds}.`,
      "Received is the row's received_at. Committed is the endTime of its MERGE job: from then on a query finds the row.",
      "Written is when the row's object was, the first one after its event: the wait for the window, and the batcher's work.",
      ...notes,
    ],
  };
}

interface Post {
  readonly id: string;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

async function preparePosts(pipeline: LivePipeline, rate: number, count: number): Promise<Post[]> {
  const events = generateEvents({ seed: `end-to-end-${rate}`, group: LOCAL_GROUP, now: Date.now });
  const posts: Post[] = [];
  for (let n = 0; n < count; n++) {
    const { headers, body } = events.next().value;
    const id = `end-to-end-${rate}-${n}`;
    const authorization = `Bearer ${await pipeline.token(body)}`;
    posts.push({ id, body, headers: { ...headers, "ce-id": id, authorization } });
  }
  return posts;
}

/** Evenly spread; an answer that is late does not hold up the next event, and what is refused for now comes again. */
async function sendAt(rate: number, posts: readonly Post[], pipeline: LivePipeline): Promise<Sent[]> {
  const begin = Date.now();
  const sent = posts.map(async ({ id, body, headers }, n) => {
    await sleep(Math.max(0, begin + (n * 1000) / rate - Date.now()));
    const at = Date.now();
    let refusals = 0;
    for (;;) {
      const status = await pipeline.send("/", body, headers);
      if (status === 202) return { id, at, answerMs: Date.now() - at, refusals };
      if (!AGAIN.has(status)) throw new Error(`${id} was answered ${status}`);
      refusals += 1;
      await sleep(RETRY_AFTER_MS);
    }
  });
  return Promise.all(sent);
}

interface Row {
  readonly id: string;
  readonly received: number;
  /** When its object was. */
  readonly written: number;
  /** When a query finds it. */
  readonly committed: number;
}

/** Waits for a row of each event, and for its object in the books. */
async function rowsOf(
  sent: readonly Sent[],
  pipeline: LivePipeline,
  windowSeconds: number,
): Promise<ReadonlyMap<string, Row>> {
  const prefix = sent[0]?.id.replace(/\d+$/, "") ?? "";
  const patience = 2 * windowSeconds * 1000 + PATIENCE_MS;
  for (const give = Date.now() + patience; Date.now() < give; await sleep(POLL_MS)) {
    const [counted] = await pipeline.query<{ count: number }>(COUNT, { prefix });
    if (counted?.count !== sent.length) continue;
    const loaded = await pipeline.query<{ id: string; received: number; loaded: number }>(ROWS, { prefix });
    const objects = await pipeline.query<{ written: number }>(OBJECTS, { type: TYPE });
    if (loaded.some(({ received }) => (objects.at(-1)?.written ?? 0) < received)) continue;
    const merges = await mergesInto(TABLE, pipeline.env);
    return new Map(
      loaded.map(({ id, received, loaded: loadedAt }) => {
        // No row says in which object it came: it is taken for the first that was written after the event was received.
        const written = objects.find((object) => object.written >= received)?.written ?? Number.NaN;
        return [id, { id, received, written, committed: endOfMerge(merges, loadedAt) }];
      }),
    );
  }
  throw new Error(`not all of ${sent.length} events are rows after ${patience / 1000} s`);
}

/** Rarely, so that the question takes little of the processor from what is measured. */
const POLL_MS = 1_000;
const COUNT = `SELECT COUNT(*) AS count FROM ${TABLE} WHERE STARTS_WITH(ce_id, @prefix)`;
const ROWS = `
  SELECT ce_id AS id, UNIX_MILLIS(received_at) AS received, UNIX_MILLIS(loaded_at) AS loaded
  FROM ${TABLE} WHERE STARTS_WITH(ce_id, @prefix)`;
const OBJECTS = `
  SELECT UNIX_MILLIS(o.drained_at) AS written FROM loads AS l JOIN UNNEST(l.objects) AS o ON TRUE
  WHERE l.type = @type ORDER BY written`;

function stages(
  rate: number,
  sent: readonly Sent[],
  rows: ReadonlyMap<string, Row>,
  windowSeconds: number,
  more: readonly Figure[],
): Figure[] {
  const window = { what: "the window", samples: [windowSeconds * 1000] };
  const each = (of: (sent: Sent, row: Row) => number) =>
    sent.map((one) => of(one, rows.get(one.id) as Row)).toSorted((a, b) => a - b);
  const at = (sorted: readonly number[], quantile: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
  const ofStage = (name: string, of: Parameters<typeof each>[0]) => {
    const values = each(of);
    return [
      figure("ms", { what: `${name}, p50`, samples: [at(values, 0.5)] }, window),
      figure("ms", { what: `${name}, p99`, samples: [at(values, 0.99)] }, window),
    ] as const;
  };
  const [median, ...rest] = ofStage(
    "POST to committed",
    ({ at: posted }, { committed }) => committed - posted,
  );
  return group(
    { ...median, what: `${rate}/s: ${median.what}` },
    ...rest,
    ...ofStage("POST to 202", ({ answerMs }) => answerMs),
    ...ofStage("received to written", (_, { received, written }) => written - received),
    ...ofStage("written to committed", (_, { written, committed }) => committed - written),
    ...more,
  );
}
