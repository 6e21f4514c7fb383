/** What waits between a sender and its row, and for how long. */
import { oldestUnacknowledged } from "#services/shared/gcp/look/operations.ts";
import { PENDING, PLANS, SPILL, TRIALS } from "#services/shared/objects.ts";
import { ageText } from "./age.ts";
import type { Check, Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

interface Waiting {
  readonly prefix: string;
  /** One and several of it. */
  readonly name: readonly [string, string];
  readonly late: string;
  readonly advice: string;
}

const PLACES: readonly Waiting[] = [
  {
    prefix: PENDING,
    name: ["pending mark", "pending marks"],
    late: "rows are not loaded",
    advice: "`pullhouse doctor --only alarms` says whether the loader is called; its log says why it fails",
  },
  {
    prefix: PLANS,
    name: ["load under way", "loads under way"],
    late: "a load does not come to its end",
    advice: "the loader's log has the plan's id and the reason; the next round takes it up again",
  },
  {
    prefix: SPILL,
    name: ["spilled event", "spilled events"],
    late: "Pub/Sub was away, and no batcher has fetched what was kept beside it",
    advice: "`pullhouse doctor --only alarms` says whether the batcher is called",
  },
  {
    prefix: TRIALS,
    name: ["trial of a suspect message", "trials of suspect messages"],
    late: "a batcher died over a message",
    advice: "docs/dead-letters.md; the batcher's log has the message's id",
  },
];

export const lag: Check = {
  name: "lag",
  title: "Lag",
  parts: (exam) => [backlog(exam), ...PLACES.map((place) => waiting(exam, place))],
};

/** Ten list requests: a pile of that size is broken whatever its age. */
const LISTED_MAX = 10_000;

function waiting({ list, lateAfterMs, now }: Exam, { prefix, name, late, advice }: Waiting): Part {
  const what = prefix;
  return {
    what,
    look: async () => {
      let count = 0;
      let oldest = Number.POSITIVE_INFINITY;
      for await (const { createdAt } of list(prefix)) {
        count += 1;
        oldest = Math.min(oldest, Date.parse(createdAt));
        if (count === LISTED_MAX) break;
      }
      if (count === 0) return [{ verdict: "ok", what, found: `no ${name[1]}` }];
      const age = now() - oldest;
      const amount = `${count.toLocaleString("en-US")}${count === LISTED_MAX ? " or more" : ""} ${name[count === 1 ? 0 : 1]}`;
      const found = `${amount}, the oldest for ${ageText(age)}`;
      if (age <= lateAfterMs) return [{ verdict: "ok", what, found }];
      return [{ verdict: "broken", what, found: `${found}: ${late}`, advice }];
    },
  };
}

function backlog({ google, deployment, lateAfterMs, now }: Exam): Part {
  const { project, subscription } = deployment;
  const what = `subscription ${subscription}`;
  return {
    what,
    look: async (): Promise<readonly Finding[]> => {
      if (google === undefined) {
        const found = "Pub/Sub does not tell how old its messages are; Cloud Monitoring would";
        return [{ verdict: "not checked", what, found }];
      }
      const seconds = await oldestUnacknowledged(google, { project, subscription, now: now() });
      if (seconds === undefined) {
        const found =
          "Cloud Monitoring has no figure of the last ten minutes, as where nothing was published";
        return [{ verdict: "not checked", what, found }];
      }
      const found = `the oldest message waits for ${ageText(1_000 * seconds)}`;
      if (1_000 * seconds <= lateAfterMs) return [{ verdict: "ok", what, found }];
      const advice =
        "`pullhouse doctor --only alarms` says whether the batcher is called; its log says why it fails";
      return [{ verdict: "broken", what, found, advice }];
    },
  };
}
