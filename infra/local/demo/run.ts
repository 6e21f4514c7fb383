/** One run of the demo over a pipeline that is up: send, wait, compare, tell. */
import { styleText } from "node:util";
import { type Progress, showProgress } from "#services/cli/progress.ts";
import { provePlaces } from "#services/cli/prove/places.ts";
import { isBalanced, startOfHour } from "#services/cli/prove/proof.ts";
import { openSources, prove } from "#services/cli/prove/prove.ts";
import { proofText } from "#services/cli/prove/render.ts";
import { render } from "#services/cli/query/format.ts";
import type { Tally } from "#services/cli/send/tally.ts";
import { systemClock } from "#services/shared/clock.ts";
import type { Pipeline } from "../up/pipeline.ts";
import { Ledger } from "./ledger.ts";
import { lastErrors } from "./log-lines.ts";
import { countsText, faultsOf, heading, memoryText, timeText } from "./report.ts";
import { countPosts, sendEvents } from "./send-events.ts";
import type { DemoSettings } from "./settings.ts";
import { settle } from "./settle.ts";
import { timeSpent } from "./time-spent.ts";
import { type DemoWarehouse, MOST_PULLED, openWarehouse } from "./warehouse.ts";
import { pollMs, watchRows } from "./watch-rows.ts";

export interface Demo {
  readonly pipeline: Pipeline;
  readonly settings: DemoSettings;
  readonly say: (text: string) => void;
  /** Whether a progress bar can be drawn. */
  readonly live: boolean;
  readonly signal: AbortSignal;
}

/** Whether every accepted event is exactly one row and the books balance; what is not is said. */
export async function runDemo(demo: Demo): Promise<boolean> {
  const { pipeline, settings, say } = demo;
  const variable = (name: string) => pipeline.plan.variables[name] as string;
  const startedAt = systemClock.now();
  const since = new Date(startedAt).toISOString();
  const warehouse = openWarehouse(
    { project: variable("GOOGLE_CLOUD_PROJECT"), address: variable("BIGQUERY_EMULATOR_HOST") },
    variable("BIGQUERY_DATASET"),
    since,
  );
  const ledger = new Ledger(settings.events);
  const { tally, ended } = await sendAndWait(demo, ledger, warehouse, startedAt);
  if (demo.signal.aborted) return false;
  if (ended === "complete") await settle(variable("BATCHER_URL"), variable("LOADER_URL"));

  const verdict = await ledger.judge(warehouse.ids());
  say(heading("What became of the events"));
  say(
    countsText({
      tally,
      ledger,
      verdict,
      sentTwice: countPosts(settings) - settings.events,
      windowSeconds: variable("WINDOW_SECONDS"),
      pollMs: pollMs(settings.events),
    }),
  );
  await tellMore(demo, tally, warehouse);

  const booksBalance = await tellBooks(demo, startedAt);
  const faults = faultsOf(tally, verdict);
  if (faults.length === 0) {
    say(
      styleText(
        "green",
        `\nEvery one of the ${settings.events.toLocaleString("en-US")} events is exactly one row.`,
      ),
    );
    return booksBalance;
  }
  say(styleText("red", `\nNot every event is exactly one row (SEED=${settings.seed}):`));
  for (const fault of faults) say(`  ${fault}`);
  for (const reason of await warehouse.rejections()) say(`  set aside in rejected_events: ${reason}`);
  const services = pipeline.parts.filter(({ part }) => part.kind === "service");
  for (const error of await lastErrors(services.map((one) => one.logFile))) say(`  ${error}`);
  say(`  the services' logs: ${pipeline.plan.home}/logs/`);
  return false;
}

/** Rows are looked for while events are still being sent, as a row's time counts from its own POST. */
async function sendAndWait(demo: Demo, ledger: Ledger, warehouse: DemoWarehouse, startedAt: number) {
  const { settings, say, live, signal, pipeline } = demo;
  let sent = false;
  let waiting: Progress | undefined;
  const sending = showProgress({ label: "sending ", total: countPosts(settings), live, line: say });
  const watching = watchRows({
    warehouse,
    ledger,
    events: settings.events,
    allSent: () => sent,
    signal,
    onSeen: (seen) => waiting?.update(seen),
  });
  const send = async (): Promise<Tally> => {
    const onAnswer = (answered: number) => sending.update(answered);
    const tally = await sendEvents({ ...pipeline, settings, startedAt, ledger, signal, onAnswer });
    sending.stop();
    waiting = showProgress({ label: "queryable", total: settings.events, live, line: say });
    waiting.update(ledger.seen);
    sent = true;
    return tally;
  };
  try {
    const [tally, ended] = await Promise.all([send(), watching]);
    return { tally, ended };
  } finally {
    sending.stop();
    waiting?.stop();
  }
}

/** What `pullhouse prove` says of the hours of the run. */
async function tellBooks({ pipeline, say }: Demo, startedAt: number): Promise<boolean> {
  const sources = openSources(provePlaces(pipeline.plan.variables));
  const period = { since: startOfHour(startedAt), until: systemClock.now() };
  const proof = await prove(sources, period);
  say(heading("The books (pullhouse prove)"));
  say(proofText(proof, false).trimEnd());
  return isBalanced(proof);
}

async function tellMore(demo: Demo, tally: Tally, warehouse: DemoWarehouse): Promise<void> {
  const { pipeline, say } = demo;
  const logOf = (name: string) => pipeline.parts.find(({ part }) => part.name === name)?.logFile as string;
  const logs = { batcher: logOf("batcher"), loader: logOf("loader") };
  say(heading("Where the time went"));
  say(timeText(tally, await timeSpent(logs, warehouse.questioner)));

  await Promise.all(pipeline.parts.map((part) => part.measureMemory()));
  say(heading("Most memory used (resident)"));
  say(memoryText(pipeline.parts));

  say(heading("The most pulled images"));
  say(styleText("dim", MOST_PULLED.replaceAll(/^/gm, "  ")));
  for await (const text of render(await warehouse.mostPulled(), "table")) say(text.trimEnd());
}
