/** What was put away and waits for somebody to decide (docs/operate/dead-letters.md). */
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { DEAD_LETTERS } from "#services/shared/objects.ts";
import { FILE } from "../dead-letters/files.ts";
import type { Letter } from "../dead-letters/letter.ts";
import { listMessages } from "../dead-letters/messages.ts";
import { listQuarantine } from "../dead-letters/quarantine.ts";
import type { Check, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

/** Each is read for its reason; who has more of them knows enough. */
const READ_MAX = 100;

export const deadLetters: Check = {
  name: "dead-letters",
  title: "Dead letters",
  parts: (exam) => [
    letters("dead letters", listMessages(exam)),
    letters("quarantine", listQuarantine(exam)),
    files(exam),
  ],
};

function letters(what: string, listed: AsyncIterable<Letter>): Part {
  return {
    what,
    look: async () => {
      let count = 0;
      let first: Letter | undefined;
      try {
        for await (const letter of listed) {
          first ??= letter;
          count += 1;
          if (count === READ_MAX) break;
        }
      } catch (error) {
        if (error instanceof PipelineError) throw error;
        const found = `${reasonOf(error)}; ${count} before it`;
        return [{ verdict: "broken", what, found, advice: "somebody else writes there: move it away" }];
      }
      if (first === undefined) return [{ verdict: "ok", what, found: "none" }];
      const amount = count === READ_MAX ? `${count} or more` : String(count);
      const since = first.at === "" ? "" : `, since ${first.at}`;
      const found = `${amount}; the first is ${first.id}${since}: ${first.reason}`;
      return [{ verdict: "broken", what, found, advice: "pullhouse dead-letters list" }];
    },
  };
}

/** What Pub/Sub gave up comes as Avro files, which the command makes letters of. */
function files({ list }: Exam): Part {
  const what = "files from Pub/Sub";
  return {
    what,
    look: async () => {
      let count = 0;
      for await (const { name } of list(DEAD_LETTERS)) {
        if (name.endsWith(FILE)) count += 1;
        if (count === READ_MAX) break;
      }
      if (count === 0) return [{ verdict: "ok", what, found: "none" }];
      const found = `${count} with messages that it gave up`;
      return [{ verdict: "broken", what, found, advice: "pullhouse dead-letters list, which opens them" }];
    },
  };
}
