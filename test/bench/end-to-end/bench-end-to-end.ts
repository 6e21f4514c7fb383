/** From a POST to the row that a query finds, at several rates, with the memory that each service takes meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { type BenchOptions, type BenchReport, type Figure, figure } from "../measure.ts";
import { memory, processorTime } from "../process-figures.ts";

/** The default, and that of `make up`. */
const WINDOW_SECONDS = 60;
const WINDOW_SECONDS_QUICK = 2;
const TYPE = "dev.chainguard.registry.pull.v1";
const TABLE = "dev_chainguard_registry_pull_v1";
const PATIENCE_MS = 60_000;
const SERVICES = ["receiver", "batcher", "loader"] as const;
/** What infra/gcp gives each. */
const LIMIT_MIB = { receiver: 512, batcher: 512, loader: 256 } as const;

interface Sent {
  readonly id: string;
  readonly at: number;
  readonly answerMs: number;
}

export async function benchEndToEnd({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rates = quick ? [10, 100] : [10, 100, 1_000];
  // Sent for as long as a window, events meet it at every point of it.
  const seconds = quick ? WINDOW_SECONDS_QUICK : WINDOW_SECONDS;
  await using stack = new AsyncDisposableStack();
  const pipeline = await startLivePipeline({ WINDOW_SECONDS: String(seconds) });
  stack.defer(() => pipeline.stop());
  const idle = new Map(SERVICES.map((service) => [service, memory(pipeline.pid(service), "VmRSS")]));
  const figures: Figure[] = [];
  for (const rate of rates) {
    progress(`${rate}/s: signing`);
    const posts = await preparePosts(pipeline, rate, rate * seconds);
    progress(`${rate}/s: sending for ${seconds} s`);
    const before = SERVICES.map((service) => processorTime(pipeline.pid(service)));
    const sent = await sendAt(rate, posts, pipeline);
    progress(`${rate}/s: waiting for the rows`);
    const rows = await rowsOf(sent, pipeline, seconds);
    figures.push(...stages(rate, sent, rows, seconds));
    for (const [index, service] of SERVICES.entries()) {
      const used = processorTime(pipeline.pid(service)) - (before[index] ?? 0);
      figures.push(
        figure(
          "µs",
          { what: `  processor per event, ${service}`, samples: [(1_000 * used) / sent.length] },
          { what: "one core, all the time", samples: [1e6 / rate] },
        ),
      );
    }
  }
  for (const service of SERVICES) {
    const limit = { what: "the limit on Cloud Run", samples: [LIMIT_MIB[service]] };
    figures.push(
      figure("MiB", { what: `${service}, idle after its start`, samples: [idle.get(service) ?? 0] }, limit),
      figure("MiB", { what: "  most", samples: [memory(pipeline.pid(service), "VmHWM")] }, limit, {
        atMost: 1,
      }),
    );
  }
  return {
    title: "End to end",
    figures,
    notes: [
      `Each rate for ${seconds} s, windows of ${seconds} s, everything on this machine: services, stand-ins and the sender.`,
      "Received and committed are the row's received_at and loaded_at; a query finds the row when its merge is done.",
      "Written is when the row's object was, the first one after its event: the wait for the window, and the batcher's work.",
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

/** Evenly spread; an answer that is late does not hold up the next event. */
async function sendAt(rate: number, posts: readonly Post[], pipeline: LivePipeline): Promise<Sent[]> {
  const begin = Date.now();
  const sent = posts.map(async ({ id, body, headers }, n) => {
    await sleep(Math.max(0, begin + (n * 1000) / rate - Date.now()));
    const at = Date.now();
    const status = await pipeline.send("/", body, headers);
    if (status !== 202) throw new Error(`${id} was answered ${status}`);
    return { id, at, answerMs: Date.now() - at };
  });
  return Promise.all(sent);
}

interface Row {
  readonly id: string;
  readonly received: number;
  /** When its object was. */
  readonly written: number;
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

/** No row says in which object it came: it is taken for the first, written after the event was received and booked after the row was made. */
const ROWS = `
  SELECT ce_id AS id, UNIX_MILLIS(r.received_at) AS received, UNIX_MILLIS(r.loaded_at) AS loaded,
    UNIX_MILLIS(MIN(o.drained_at)) AS written
  FROM ${TABLE} AS r JOIN loads AS l ON l.type = @type AND l.loaded_at >= r.loaded_at JOIN UNNEST(l.objects) AS o ON o.drained_at >= r.received_at
  WHERE STARTS_WITH(ce_id, @prefix) GROUP BY 1, 2, 3`;

function stages(
  rate: number,
  sent: readonly Sent[],
  rows: ReadonlyMap<string, Row>,
  seconds: number,
): Figure[] {
  const window = { what: "the window", samples: [seconds * 1000] };
  const each = (of: (sent: Sent, row: Row) => number) =>
    sent.map((one) => of(one, rows.get(one.id) as Row)).toSorted((a, b) => a - b);
  const at = (sorted: readonly number[], quantile: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
  const rowsOfStage = (name: string, values: readonly number[]) => [
    figure("ms", { what: `${name}, p50`, samples: [at(values, 0.5)] }, window),
    figure("ms", { what: `${name}, p99`, samples: [at(values, 0.99)] }, window),
  ];
  return [
    ...rowsOfStage(
      `${rate}/s: POST to committed`,
      each(({ at: posted }, { loaded }) => loaded - posted),
    ),
    ...rowsOfStage(
      "  POST to 202",
      each(({ answerMs }) => answerMs),
    ),
    ...rowsOfStage(
      "  received to written",
      each((_, { received, written }) => written - received),
    ),
    ...rowsOfStage(
      "  written to committed",
      each((_, { written, loaded }) => loaded - written),
    ),
  ];
}
