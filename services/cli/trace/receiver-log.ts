/** The receiver's log lines on the local cloud, out of its files. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TRACE_FIELD } from "#services/shared/log.ts";
import { parseObject } from "#services/shared/objects.ts";
import type { ReceiverLine } from "./chain.ts";
import type { Wanted } from "./wanted.ts";

/** The run before and the present one (`infra/local/up`). */
const FILES = ["receiver.log.1", "receiver.log"];

type Line = Readonly<Record<string, string | number | undefined>>;

/** The answers to requests with the event or of the trace; `undefined` when there is no log in the folder. */
export async function receiverLines(
  folder: string,
  { ceId, traceId }: Wanted,
): Promise<readonly ReceiverLine[] | undefined> {
  const files = FILES.map((name) => join(folder, name)).filter((file) => existsSync(file));
  if (files.length === 0) return undefined;
  const texts = [ceId === undefined ? undefined : JSON.stringify(ceId), traceId].filter(
    (text) => text !== undefined,
  );
  const found: ReceiverLine[] = [];
  for (const file of files) {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      if (!texts.some((one) => text.includes(one))) continue;
      const line = parseObject(text) as Line | undefined;
      const answer = line && answerOf(line);
      if (answer === undefined) continue;
      if (
        (ceId !== undefined && answer.ceId === ceId) ||
        (traceId !== undefined && answer.traceId === traceId)
      )
        found.push(answer);
    }
  }
  return found;
}

/** `undefined` for lines that say nothing of one event or of a whole request: the sum of a batch, a warning. */
function answerOf(line: Line): ReceiverLine | undefined {
  const { status, ceId, code } = line;
  if (typeof status !== "number" || (ceId === undefined && code === undefined)) return undefined;
  const trace = line[TRACE_FIELD];
  const texts = Object.fromEntries(
    ["ceId", "type", "receivedAt", "messageId", "object", "code", "reason"].flatMap((name) =>
      typeof line[name] === "string" ? [[name, line[name]]] : [],
    ),
  );
  return {
    status,
    ...texts,
    ...(typeof trace === "string" ? { traceId: trace.slice(trace.lastIndexOf("/") + 1) } : {}),
  };
}
