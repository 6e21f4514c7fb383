/** `pullhouse send`: signed events to a receiver. */
import { randomUUID } from "node:crypto";
import { Command } from "commander";
import { systemClock } from "#services/shared/clock.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { count, fraction, httpUrl, rate } from "../arguments.ts";
import { type GeneratedEvent, generateEvents, PULL_TYPE } from "../generate/generate.ts";
import { createRandom } from "../generate/random.ts";
import { type SendPlace, sendPlace } from "../place.ts";
import { showProgress } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { deliver } from "./deliver.ts";
import { durationText } from "./durations.ts";
import { readGivenEvent } from "./given-event.ts";
import { createPoster } from "./post.ts";
import { withDuplicates } from "./schedule.ts";
import { Tally } from "./tally.ts";
import { authorizationFor } from "./token.ts";

interface SendOptions {
  readonly events: number;
  readonly rate?: number;
  readonly duplicates: number;
  readonly seed?: string;
  readonly file?: string;
  readonly type: string;
  readonly concurrency: number;
  readonly url?: string;
  readonly issuer?: string;
  readonly group?: string;
}

const EXAMPLES = `
Examples:
  $ pullhouse send --events 1000 --duplicates 2%
  $ pullhouse send --events 600 --rate 10 --seed 7
  $ pullhouse send --file event.json --type dev.chainguard.registry.push.v1
  $ pullhouse send --file event.json --events 50     # the same event fifty times: one row

Each event is signed by the local issuer (\`make up\` runs it) for the bytes of its body, as Chainguard does.
With the same seed the same events are sent, ids included: the pipeline keeps each of them once.`;

export function sendCommand(terminal: Terminal): Command {
  return new Command("send")
    .summary("send signed events to a receiver")
    .description(
      "Sends signed pull events, made up from a seed or read from a file, and reports the answers.",
    )
    .option("-e, --events <number>", "how many events; with --file, how often it is sent", count)
    .option("-r, --rate <number>", "events a second (default: as fast as they are accepted)", rate)
    .option("-d, --duplicates <share>", "how many of them are sent twice, like 2%", fraction, 0)
    .option("-s, --seed <text>", "makes the same events again (default: other ones each time)")
    .option("-f, --file <path>", "send this JSON file's bytes as the event's data")
    .option("-t, --type <type>", "CloudEvents type of the file", PULL_TYPE)
    .option("-c, --concurrency <number>", "requests at a time", count, 32)
    .option("-u, --url <url>", "where to (default: the local receiver)", httpUrl)
    .option("--issuer <url>", "who signs (default: the local issuer)", httpUrl)
    .option("--group <uidp>", "for whose subscription they are signed (default: the local receiver's)")
    .addHelpText("after", EXAMPLES)
    .action((options: SendOptions) => send(terminal, options));
}

async function send(terminal: Terminal, options: SendOptions): Promise<void> {
  const place = sendPlace(terminal.env, options);
  const total = options.events ?? (options.file === undefined ? 100 : 1);
  const seed = options.seed ?? randomUUID();
  const events = await source(options, place, seed);
  const tally = new Tally();
  const all = total + Math.floor(total * options.duplicates);
  const progress = showProgress({
    label: "sending",
    total: all,
    live: terminal.live,
    line: (text) => terminal.error(`${text}\n`),
  });
  const poster = createPoster({
    url: place.receiver,
    authorize: ({ body }) => authorizationFor(place.issuer, place.group, body),
    maxConnections: options.concurrency,
    clock: systemClock,
    // Nobody waits for a receiver that is not there: a service that is started again is back in two seconds.
    tries: 6,
  });
  try {
    await deliver({
      events: withDuplicates(events, total, options.duplicates, createRandom(`repeats of ${seed}`)),
      poster,
      concurrency: options.concurrency,
      ...(options.rate === undefined ? {} : { rate: options.rate }),
      clock: systemClock,
      signal: terminal.signal,
      onAnswer: (_event, outcome, milliseconds) => {
        tally.add(outcome, milliseconds);
        progress.update(tally.answered);
      },
    });
  } finally {
    progress.stop();
    poster.close();
  }
  await terminal.out(report(tally, seed, options));
  if (tally.accepted < tally.answered) {
    const message = `${tally.answered - tally.accepted} of ${tally.answered} were not accepted by ${place.receiver}`;
    throw new PipelineError("QUEUE_UNAVAILABLE", "later", message);
  }
}

/** One file again and again (under one id, so it is one event), or events from the seed. */
async function source(
  options: SendOptions,
  place: SendPlace,
  seed: string,
): Promise<Iterable<GeneratedEvent>> {
  const { file, type } = options;
  if (file === undefined) return generateEvents({ seed, group: place.group, now: () => systemClock.now() });
  const event = await readGivenEvent({
    file,
    type,
    group: place.group,
    id: randomUUID(),
    now: systemClock.now(),
  });
  return (function* repeat() {
    while (true) yield event;
  })();
}

function report(tally: Tally, seed: string, { file }: SendOptions): string {
  const { latency } = tally;
  const counts = [
    `accepted ${tally.accepted}`,
    `refused ${tally.refused}`,
    `failed ${tally.failed}`,
    ...(tally.retried > 0 ? [`accepted after another try ${tally.retried}`] : []),
  ].join(", ");
  return [
    counts,
    ...[...tally.reasons].map(([reason, times]) => `  ${times} x ${reason}`),
    `answered in p50 ${durationText(latency.percentile(50))}, p99 ${durationText(latency.percentile(99))}`,
    ...(file === undefined ? [`seed ${seed}`] : []),
    "",
  ].join("\n");
}
