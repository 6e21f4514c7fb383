/** From a POST to the row that a query finds, at several rates, with the processor time that each service takes meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { type BenchOptions, type BenchReport, type Figure, figure, group } from "../measure.ts";
import { processorTime } from "../process-figures.ts";

/** The default, and that of `make up`. */
const WINDOW_SECONDS = 60;
const WINDOW_SECONDS_QUICK = 2;
const TYPE = "dev.chainguard.registry.pull.v1";
const TABLE = "dev_chainguard_registry_pull_v1";
const PATIENCE_MS = 60_000;
/** As the receiver's 503 asks for. */
const RETRY_AFTER_MS = 1_000;
const SERVICES = ["receiver", "batcher", "loader"] as const;

interface Sent {
  readonly id: string;
  readonly at: number;
  /** Until the 202, what was refused before it included. */
  readonly answerMs: number;
  readonly refusals: number;
}

export async function benchEndToEnd({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rates = quick ? [10, 100] : [10, 100, 1_000];
  // Sent for as long as a window, events meet it at every point of it.
  const seconds = quick ? WINDOW_SECONDS_QUICK : WINDOW_SECONDS;
  await using stack = new AsyncDisposableStack();
  const pipeline = await startLivePipeline({ WINDOW_SECONDS: String(seconds) });
  stack.defer(() => pipeline.stop());
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const rate of rates) {
    progress(`${rate}/s: signing`);
    const posts = await preparePosts(pipeline, rate, rate * seconds);
    progress(`${rate}/s: sending for ${seconds} s`);
    const before = SERVICES.map((service) => processorTime(pipeline.pid(service)));
    const sent = await sendAt(rate, posts, pipeline);
    const refusals = sent.reduce((sum, one) => sum + one.refusals, 0);
    if (refusals > 0)
      notes.push(`At ${rate}/s ${refusals} requests were answered 503, and came again a second later.`);
    progress(`${rate}/s: waiting for the rows`);
    const rows = await rowsOf(sent, pipeline, seconds);
    const processor = SERVICES.map((service, index) => {
      const used = processorTime(pipeline.pid(service)) - (before[index] ?? 0);
      return figure(
        "µs",
        { what: `processor per event, ${service}`, samples: [(1_000 * used) / sent.length] },
        { what: "one core, all the time", samples: [1e6 / rate] },
      );
    });
    figures.push(...stages(rate, sent, rows, seconds, processor));
  }
  return {
    title: "End to end",
    figures,
    notes: [
      `Each rate for ${seconds} s, windows of ${seconds} s, everything on this machine: services, stand-ins and the sender.`,
      "Received is the row's received_at. Committed is when its load stands in the books, which is after its merge is done.",
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
      if (status !== 503) throw new Error(`${id} was answered ${status}`);
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
  /** When a query finds it, at the latest. */
  readonly loaded: number;
}

/** Waits for a row of each event, and for its object in the books. */
async function rowsOf(
  sent: readonly Sent[],
  pipeline: LivePipeline,
  seconds: number,
): Promise<ReadonlyMap<string, Row>> {
  const prefix = sent[0]?.id.replace(/\d+$/, "") ?? "";
  const patience = 2 * seconds * 1000 + PATIENCE_MS;
  for (const give = Date.now() + patience; Date.now() < give; await sleep((seconds * 1000) / 8)) {
    const rows = await pipeline.query<Row>(ROWS, { prefix, type: TYPE });
    if (rows.length === sent.length) return new Map(rows.map((row) => [row.id, row]));
  }
  throw new Error(`not all of ${sent.length} events are rows after ${patience / 1000} s`);
}

/**
 * A row's loaded_at is when its MERGE began; its load is the first that is booked after that. No row says in which object
 * it came: it is taken for the first that was written after the event was received.
 */
const ROWS = `
  SELECT ce_id AS id, UNIX_MILLIS(r.received_at) AS received, UNIX_MILLIS(MIN(l.loaded_at)) AS loaded,
    UNIX_MILLIS(MIN(o.drained_at)) AS written
  FROM ${TABLE} AS r JOIN loads AS l ON l.type = @type AND l.loaded_at >= r.loaded_at JOIN UNNEST(l.objects) AS o ON o.drained_at >= r.received_at
  WHERE STARTS_WITH(ce_id, @prefix) GROUP BY 1, 2`;

function stages(
  rate: number,
  sent: readonly Sent[],
  rows: ReadonlyMap<string, Row>,
  seconds: number,
  more: readonly Figure[],
): Figure[] {
  const window = { what: "the window", samples: [seconds * 1000] };
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
  const [median, ...rest] = ofStage("POST to committed", ({ at: posted }, { loaded }) => loaded - posted);
  return group(
    { ...median, what: `${rate}/s: ${median.what}` },
    ...rest,
    ...ofStage("POST to 202", ({ answerMs }) => answerMs),
    ...ofStage("received to written", (_, { received, written }) => written - received),
    ...ofStage("written to committed", (_, { written, loaded }) => loaded - written),
    ...more,
  );
}
