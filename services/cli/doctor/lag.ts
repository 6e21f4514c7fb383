/** What waits between a sender and its row, and for how long. */
import { PENDING, PLANS, SPILL, TRIALS } from "#services/shared/objects.ts";
import { ageText } from "../age.ts";
import { waitingBelow } from "../waiting.ts";
import type { Check, Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";
import { failingPlans } from "./plans.ts";

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
    advice: "docs/operate/dead-letters.md; the batcher's log has the message's id",
  },
];

export const lag: Check = {
  name: "lag",
  title: "Lag",
  parts: (exam) => [backlog(exam), ...PLACES.map((place) => waiting(exam, place)), failingPlans(exam)],
};

function waiting({ list, lateAfterMs, now }: Exam, { prefix, name, late, advice }: Waiting): Part {
  const what = prefix;
  return {
    what,
    look: async () => {
      const { count, isMore, oldestAt } = await waitingBelow(list, prefix);
      if (oldestAt === undefined) return [{ verdict: "ok", what, found: `no ${name[1]}` }];
      const age = now() - oldestAt;
      const amount = `${count.toLocaleString("en-US")}${isMore ? " or more" : ""} ${name[count === 1 ? 0 : 1]}`;
      const found = `${amount}, the oldest for ${ageText(age)}`;
      if (age <= lateAfterMs) return [{ verdict: "ok", what, found }];
      return [{ verdict: "broken", what, found: `${found}: ${late}`, advice }];
    },
  };
}

function backlog({ backlog, deployment, lateAfterMs }: Exam): Part {
  const { subscription } = deployment;
  const what = `subscription ${subscription}`;
  return {
    what,
    look: async (): Promise<readonly Finding[]> => {
      const waiting = await backlog(subscription);
      if (waiting === undefined) {
        const found =
          "Cloud Monitoring has no figure of the last ten minutes, as where nothing was published, or is not there";
        return [{ verdict: "not checked", what, found }];
      }
      const { messages, oldestMs } = waiting;
      if (messages === 0) return [{ verdict: "ok", what, found: "no messages" }];
      const found = `${messages.toLocaleString("en-US")} messages, the oldest for ${ageText(oldestMs)}`;
      if (oldestMs <= lateAfterMs) return [{ verdict: "ok", what, found }];
      const advice =
        "`pullhouse doctor --only alarms` says whether the batcher is called; its log says why it fails";
      return [{ verdict: "broken", what, found, advice }];
    },
  };
}
