/** What a run does to a deployment, step by step, and what must have become of its events. */
import { createRandom } from "#services/cli/generate/random.ts";
import { warehousePlace } from "#services/cli/place.ts";
import { deliver } from "#services/cli/send/deliver.ts";
import { Durations, durationText } from "#services/cli/send/durations.ts";
import type { PostOutcome } from "#services/cli/send/post.ts";
import { type Scheduled, withDuplicates } from "#services/cli/send/schedule.ts";
import type { Clock } from "#services/shared/clock.ts";
import { openWarehouse } from "../local/demo/warehouse.ts";
import { type Arrivals, watchArrivals } from "./arrivals.ts";
import type { Deployment } from "./deployment.ts";
import { type Events, eventsOf } from "./events.ts";
import { createKills } from "./kills.ts";
import type { Observed } from "./observed.ts";
import { CONCURRENCY, openPosting, type Posting } from "./posting.ts";
import type { ExpectedRow } from "./rows.ts";
import { readSamples, type Sample } from "./samples.ts";
import { StepError } from "./steps.ts";

export interface Exercise {
  readonly deployment: Deployment;
  readonly observed: Observed;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly posting: Posting;
  readonly arrivals: Arrivals;
  readonly events: Events;
  /** Of every event that was accepted. */
  readonly expected: ExpectedRow[];
  readonly windowMs: number;
}

export interface ExerciseOptions extends Pick<Exercise, "deployment" | "observed" | "clock" | "signal"> {
  readonly seed: string;
}

export function openExercise({ seed, ...options }: ExerciseOptions): Exercise {
  const { deployment, observed, clock, signal } = options;
  const { env, pollMs, signature } = deployment;
  const events = eventsOf(signature, seed);
  const place = warehousePlace(env, {});
  const since = new Date(observed.startedAt).toISOString();
  const warehouse = openWarehouse(place, place.dataset, since, events.table);
  return {
    ...options,
    events,
    posting: openPosting(deployment),
    arrivals: watchArrivals({ warehouse, pollMs, clock, signal }),
    expected: [],
    windowMs: 1000 * Number(env["WINDOW_SECONDS"]),
  };
}

/** Every sender's samples, one after the other. @param most of each sender; all, if left out */
export async function postSamples(
  exercise: Exercise,
  seed: string,
  most = Number.POSITIVE_INFINITY,
): Promise<string> {
  const { signature } = exercise.deployment;
  const all = readSamples(`acceptance-${seed}`).filter(firstOfEach(most));
  const ours = all.filter(({ sender }) => sender !== "chainguard" || signature.outcome === "signed");
  for (const sample of ours) {
    exercise.signal.throwIfAborted();
    await postOne(exercise, sample);
  }
  // A load for each of some hundred types would be in the way of what is measured next.
  await exercise.deployment.settle();
  const senders = new Set(ours.map(({ sender }) => sender));
  const left =
    signature.outcome === "signed"
      ? ""
      : `; ${all.length - ours.length} of Chainguard's not: ${signature.reason}`;
  return `${ours.length} requests of ${senders.size} senders accepted${left}`;
}

function firstOfEach(most: number): (sample: Sample) => boolean {
  const seen = new Map<string, number>();
  return ({ sender }) => {
    const count = (seen.get(sender) ?? 0) + 1;
    seen.set(sender, count);
    return count <= most;
  };
}

/** @throws StepError when it isn't accepted */
async function postOne(exercise: Exercise, sample: Sample): Promise<void> {
  const { sender, name, headers, body, rows } = sample;
  count(exercise, sample);
  const outcome = await exercise.posting.of(sender).post({ headers, body });
  if (outcome.outcome !== "accepted") throw new StepError(`${sender}, ${name}: ${refusalText(outcome)}`);
  exercise.expected.push(...rows);
}

function count({ observed }: Exercise, { body }: Sample): void {
  observed.requests += 1;
  observed.bytes += body.length;
}

function refusalText(outcome: PostOutcome): string {
  if (outcome.outcome === "accepted") return "accepted";
  return `${outcome.outcome}, ${outcome.status ?? "no answer"}: ${outcome.reason}`;
}

/** Windows over which the events are spread, so that the kills come while there is work. */
const SENDING_WINDOWS = 6;
/** Share of the events that is sent twice. */
const DUPLICATES = 0.02;

/** Sends events while one service after the other is killed, and waits for their rows. */
export async function sendUnderKills(exercise: Exercise, events: number, seed: string): Promise<string> {
  const { clock, signal, observed, windowMs } = exercise;
  const posts = events + Math.floor(events * DUPLICATES);
  const refusals: string[] = [];
  const sent = new Map<string, { readonly sample: Sample; at: number }>();
  const accepted = new Set<string>();
  let answered = 0;
  // The generator goes on afterwards, and whoever stops reading it would end it.
  const all = Array.from({ length: events }, () => exercise.events.all.next().value);
  const kills = createKills(posts, exercise.deployment, observed);
  await deliver<Sample>({
    events: withDuplicates(all, events, DUPLICATES, createRandom(`repeats of ${seed}`)),
    poster: exercise.posting.of(exercise.events.sender),
    concurrency: CONCURRENCY,
    rate: (1000 * posts) / (SENDING_WINDOWS * windowMs),
    clock,
    signal,
    onPost: ({ event, repeated }: Scheduled<Sample>) => {
      count(exercise, event);
      if (!repeated) sent.set(event.name, { sample: event, at: clock.now() });
    },
    onAnswer: ({ event }, outcome) => {
      answered += 1;
      if (outcome.outcome === "accepted") accepted.add(event.name);
      else refusals.push(refusalText(outcome));
      kills.answered(answered);
    },
  });
  await kills.done();
  signal.throwIfAborted();
  if (refusals.length > 0)
    throw new StepError(`${refusals.length} of ${posts} not accepted: ${refusals[0] ?? ""}`);
  for (const id of accepted) exercise.expected.push(...(sent.get(id) as { sample: Sample }).sample.rows);
  await awaitRows(exercise, [...accepted]);
  observed.disturbed = latencyOf(exercise, sent);
  const { p50, p99 } = observed.disturbed;
  const killed = observed.kills.map(({ service }) => service).join(", ");
  return `${posts} requests, ${accepted.size} events; killed ${killed}; POST to row p50 ${durationText(p50)}, p99 ${durationText(p99)}`;
}

/** On top of the lease of a killed batcher: what it held is on offer again, and drained, and loaded. */
const QUIET_MS = 15_000;
/** Looks after nothing waits any more. */
const LAST_LOOKS = 3;

/**
 * Waits as long as rows come or anything waits: how fast the machine is does not matter.
 * @throws StepError naming events whose rows do not come
 */
async function awaitRows({ arrivals, deployment, signal }: Exercise, ids: readonly string[]): Promise<void> {
  let missing = ids;
  for (;;) {
    const before = await arrivals.awaitAll(missing, deployment.leaseMs + QUIET_MS);
    signal.throwIfAborted();
    if (before.length === 0) return;
    await deployment.settle();
    missing = await arrivals.awaitAll(before, LAST_LOOKS * deployment.pollMs);
    signal.throwIfAborted();
    if (missing.length === before.length) break;
  }
  throw new StepError(
    `${missing.length} of ${ids.length} accepted events have no row, and nothing waits: ${missing.slice(0, 3).join(", ")}`,
  );
}

function latencyOf(
  { arrivals }: Exercise,
  sent: ReadonlyMap<string, { readonly at: number }>,
): { p50: number; p99: number } {
  const durations = new Durations();
  for (const [id, { at }] of sent) durations.add((arrivals.seenAt(id) ?? Number.NaN) - at);
  return { p50: durations.percentile(50) as number, p99: durations.percentile(99) as number };
}

/** Events that are sent once the refusal is in force, beside those that were sent to see it. */
const EVENTS_WHILE_REFUSED = 20;

/** Has BigQuery refuse the loader's MERGE until it was seen to be refused, and then wants every row. */
export async function sendWhileRefused(exercise: Exercise): Promise<string> {
  const { deployment, clock, observed, signal } = exercise;
  const before = (await refusalsIn(deployment)).length;
  const refusedAt = clock.now();
  const ids: string[] = [];
  const sendNext = async () => {
    const event = exercise.events.all.next().value;
    await postOne(exercise, event);
    ids.push(event.name);
  };
  await deployment.refuseMerges();
  try {
    for (;;) {
      signal.throwIfAborted();
      await sendNext();
      await clock.sleep(exercise.windowMs, signal);
      const [first] = (await refusalsIn(deployment)).slice(before);
      if (first !== undefined) {
        observed.refusal = { reason: first, afterMs: clock.now() - refusedAt };
        break;
      }
      if (clock.now() - refusedAt > deployment.patienceMs)
        throw new StepError(`no MERGE was refused within ${durationText(deployment.patienceMs)}`);
    }
    for (let sent = 0; sent < EVENTS_WHILE_REFUSED; sent++) await sendNext();
  } finally {
    await deployment.allowMerges();
  }
  const allowedAt = clock.now();
  await awaitRows(exercise, ids);
  const rows = ids.map((id) => exercise.arrivals.seenAt(id) as number).filter((at) => at > allowedAt);
  observed.allowedAfterMs = Math.min(...rows) - allowedAt;
  return `refused after ${durationText(observed.refusal.afterMs)} ("${observed.refusal.reason}"), rows ${durationText(observed.allowedAfterMs)} after the end; ${ids.length} events`;
}

/** The INSERT into `loads` is refused like a MERGE, and its plan keeps the next MERGE of the type waiting. */
const REFUSED_DML = /MERGE: |pullhouse-(?:merge|book)-/;

/**
 * Why DML statements failed, as the loader logged it: one that BigQuery ended badly abandons its plan, and one that it
 * didn't take is named by its job's id. A line may name several.
 */
async function refusalsIn(deployment: Deployment): Promise<readonly string[]> {
  const lines = await deployment.lines("loader");
  return lines.flatMap(({ message, reason = "" }) =>
    REFUSALS.has(message) ? reason.split("; ").filter((one) => REFUSED_DML.test(one)) : [],
  );
}

const REFUSALS: ReadonlySet<string> = new Set(["plan abandoned", "loaded in part"]);

/** One event while nothing else happens. */
export async function sendLoneEvent(exercise: Exercise): Promise<string> {
  const { clock, observed, windowMs, signal } = exercise;
  await exercise.deployment.settle();
  await clock.sleep(2 * windowMs, signal);
  signal.throwIfAborted();
  const event = exercise.events.all.next().value;
  const at = clock.now();
  await postOne(exercise, event);
  await awaitRows(exercise, [event.name]);
  observed.loneMs = (exercise.arrivals.seenAt(event.name) as number) - at;
  return `its row could be queried after ${durationText(observed.loneMs)}, with a window of ${windowMs / 1000} s`;
}
