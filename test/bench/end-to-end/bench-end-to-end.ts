/** From a POST to the row that a query finds, at several rates, with the memory that each service takes meanwhile. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { type BenchOptions, type BenchReport, type Figure, figure } from "../measure.ts";

/** As `make up` has it; on Google Cloud a window has 60 s, and the same stages in it. */
const WINDOW_MS = 2_000;
const SECONDS = 5;
const TABLE = "dev_chainguard_registry_pull_v1";
const PATIENCE_MS = 60_000;
const LOOK_MS = 250;
const SERVICES = ["receiver", "batcher", "loader"] as const;
/** What infra/gcp gives each. */
const LIMIT_MIB = 512;

interface Sent {
  readonly id: string;
  readonly at: number;
  readonly answerMs: number;
}

export async function benchEndToEnd({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rates = quick ? [10, 100] : [10, 100, 1_000];
  await using stack = new AsyncDisposableStack();
  const pipeline = await startLivePipeline({ WINDOW_SECONDS: String(WINDOW_MS / 1000) });
  stack.defer(() => pipeline.stop());
  const idle = new Map(SERVICES.map((service) => [service, memory(pipeline, service, "VmRSS")]));
  const figures: Figure[] = [];
  for (const rate of rates) {
    progress(`${rate}/s: signing`);
    const posts = await preparePosts(pipeline, rate);
    progress(`${rate}/s: sending for ${SECONDS} s`);
    const sent = await sendAt(rate, posts, pipeline);
    progress(`${rate}/s: waiting for the rows`);
    const rows = await rowsOf(sent, pipeline);
    figures.push(...stages(rate, sent, rows));
  }
  for (const service of SERVICES) {
    const limit = { what: "the limit on Cloud Run", samples: [LIMIT_MIB] };
    figures.push(
      figure("MiB", { what: `${service}, idle after its start`, samples: [idle.get(service) ?? 0] }, limit),
      figure("MiB", { what: "  most", samples: [memory(pipeline, service, "VmHWM")] }, limit, { atMost: 1 }),
    );
  }
  return {
    title: "End to end",
    figures,
    notes: [
      `Each rate for ${SECONDS} s, windows of ${WINDOW_MS / 1000} s, everything on this machine: services, stand-ins and the sender.`,
      "Received and committed are the row's received_at and loaded_at; a query finds the row when its merge is done.",
    ],
  };
}

interface Post {
  readonly id: string;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

async function preparePosts(pipeline: LivePipeline, rate: number): Promise<Post[]> {
  const events = generateEvents({ seed: `end-to-end-${rate}`, group: LOCAL_GROUP, now: Date.now });
  const posts: Post[] = [];
  for (let n = 0; n < rate * SECONDS; n++) {
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
  readonly loaded: number;
}

async function rowsOf(sent: readonly Sent[], pipeline: LivePipeline): Promise<ReadonlyMap<string, Row>> {
  const ids = new Set(sent.map(({ id }) => id));
  const prefix = sent[0]?.id.replace(/\d+$/, "") ?? "";
  for (const give = Date.now() + PATIENCE_MS; Date.now() < give; await sleep(LOOK_MS)) {
    const rows = await pipeline.query<Row>(
      `SELECT ce_id AS id, UNIX_MILLIS(received_at) AS received, UNIX_MILLIS(loaded_at) AS loaded
       FROM ${TABLE} WHERE STARTS_WITH(ce_id, @prefix)`,
      { prefix },
    );
    if (rows.filter(({ id }) => ids.has(id)).length === ids.size)
      return new Map(rows.map((row) => [row.id, row]));
  }
  throw new Error(`not all of ${ids.size} events are rows after ${PATIENCE_MS / 1000} s`);
}

function stages(rate: number, sent: readonly Sent[], rows: ReadonlyMap<string, Row>): Figure[] {
  const window = { what: "the window", samples: [WINDOW_MS] };
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
      "  received to committed",
      each((_, { received, loaded }) => loaded - received),
    ),
  ];
}

/** MiB (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html). @throws Error where there is no /proc */
function memory(pipeline: LivePipeline, service: string, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pipeline.pid(service)}/status`, "utf8");
  const [, kilobytes] = new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(status) ?? [];
  if (kilobytes === undefined) throw new Error(`no ${what} of ${service}`);
  return Number(kilobytes) / 1024;
}
