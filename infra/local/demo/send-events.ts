/** Sends the run's events, signed with the local issuer's key, and notes each in the ledger. */
import { join } from "node:path";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { createRandom } from "#services/cli/generate/random.ts";
import { deliver } from "#services/cli/send/deliver.ts";
import { createPoster } from "#services/cli/send/post.ts";
import { withDuplicates } from "#services/cli/send/schedule.ts";
import { Tally } from "#services/cli/send/tally.ts";
import { systemClock } from "#services/shared/clock.ts";
import type { LocalPlan } from "../environment.ts";
import { openSigner } from "../issuer/signer.ts";
import type { Ledger } from "./ledger.ts";
import type { DemoSettings } from "./settings.ts";

/** Requests at a time: more only wait for the processor on a laptop. */
const CONCURRENCY = 64;

/** The pulls are spread over the day before, so that a question about hours has something to show. */
const SPAN_MS = 24 * 3600 * 1000;

export interface SendEvents {
  readonly plan: LocalPlan;
  readonly settings: DemoSettings;
  readonly startedAt: number;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  readonly onAnswer: (answered: number) => void;
}

export function countPosts({ events, duplicates }: DemoSettings): number {
  return events + Math.floor(events * duplicates);
}

export async function sendEvents(run: SendEvents): Promise<Tally> {
  const { plan, settings, startedAt, ledger } = run;
  const group = plan.variables["CHAINGUARD_GROUP"] as string;
  const ours = plan.parts.some(({ name }) => name === "issuer");
  const signer = openSigner(
    ours ? join(plan.home, "issuer") : (plan.variables["CHAINGUARD_ISSUER"] as string),
  );
  let posted = 0;
  const events = generateEvents({
    seed: settings.seed,
    // Another run with the same seed sends the same pulls as new events.
    idSeed: `${settings.seed} at ${startedAt}`,
    group,
    now: () => startedAt - SPAN_MS + Math.floor((SPAN_MS * posted) / countPosts(settings)),
  });
  const poster = createPoster({
    url: `${plan.receiverUrl}/`,
    authorize: async ({ body }) => `Bearer ${await signer.sign({ group, body })}`,
    maxConnections: CONCURRENCY,
    clock: systemClock,
  });
  const tally = new Tally();
  try {
    await deliver({
      events: withDuplicates(
        events,
        settings.events,
        settings.duplicates,
        createRandom(`repeats of ${settings.seed}`),
      ),
      poster,
      concurrency: CONCURRENCY,
      clock: systemClock,
      signal: run.signal,
      onPost: ({ event, index }) => {
        posted += 1;
        ledger.posted(event.id, index, systemClock.now());
      },
      onAnswer: ({ index }, outcome, milliseconds) => {
        tally.add(outcome, milliseconds);
        if (outcome.outcome === "accepted") ledger.wasAccepted(index);
        run.onAnswer(tally.answered);
      },
    });
  } finally {
    poster.close();
  }
  return tally;
}
