/** A chain as text for people: one line per step with its time, and where the event is. */
import { visible } from "../visible.ts";
import type { Chain, JobStep, Report } from "./chain.ts";

type Step = readonly [name: string, at: string | undefined, text: string];

export function reportText(report: Report, commands: readonly string[]): string {
  const { chains, more, shared, unreadable } = report;
  const parts = chains.map(chainText);
  if (more.length > 0)
    parts.push(`${more.length} more events of the trace were not followed; --json names them.`);
  if (shared.length > 0)
    parts.push(
      `Objects with events of this trace and of others, whose rows do not say which is whose; the log does:\n${list(shared)}`,
    );
  if (unreadable.length > 0) parts.push(`It may be in an object that cannot be read:\n${list(unreadable)}`);
  if (commands.length > 0) parts.push(`The log lines on the way:\n${list(commands)}`);
  return `${parts.join("\n\n")}\n`;
}

const list = (lines: readonly string[]) => lines.map((line) => `  ${visible(line)}`).join("\n");

function chainText(chain: Chain): string {
  const { ceId, ceSource, sender, type, traceId } = chain;
  const by = sender === undefined ? "" : `, sent by ${sender}`;
  const from = ceSource === undefined ? "" : ` from ${ceSource}${by}`;
  const title = ceId === undefined ? `trace ${traceId ?? ""}` : `event ${ceId}${from}`;
  const steps = stepsOf(chain);
  const width = Math.max(...steps.map(([name]) => name.length));
  let before: number | undefined;
  const lines = steps.map(([name, at, text]) => {
    const now = at === undefined ? undefined : Date.parse(at);
    const took = now === undefined || before === undefined ? "" : durationText(now - before);
    before = now ?? before;
    return `  ${name.padEnd(width)}  ${(at === undefined ? "" : clockText(at)).padEnd(24)}  ${took.padStart(8)}  ${text}`;
  });
  const head = [title, ...(type === undefined ? [] : [`type ${type}`])];
  if (ceId !== undefined && traceId !== undefined) head.push(`trace ${traceId}`);
  return [...head, ...lines, endText(chain)].map(visible).join("\n");
}

function stepsOf({ accepted, times = 1, receivedAt, object, load, row }: Chain): readonly Step[] {
  const steps: Step[] = [];
  if (accepted?.ceId === undefined && accepted !== undefined)
    steps.push(["refused", undefined, `${accepted.status} ${accepted.code ?? ""}: ${accepted.reason ?? ""}`]);
  else if (accepted !== undefined) {
    const where =
      accepted.messageId === undefined
        ? `spilled as ${accepted.object ?? ""}`
        : `published as message ${accepted.messageId}`;
    const again = times > 1 ? `; one of ${times} with this id` : "";
    steps.push(["accepted", receivedAt, `${accepted.status}, ${where}${again}`]);
  } else if (receivedAt !== undefined) steps.push(["accepted", receivedAt, "as the event itself says"]);
  if (object !== undefined) {
    const { name, generation, bytes, rows, mark } = object;
    const size = `${rows} row${rows === 1 ? "" : "s"}, ${bytes} bytes, generation ${generation}`;
    steps.push(["written", object.writtenAt, `${name} (${size}; mark ${mark})`]);
  }
  if (load !== undefined) {
    steps.push(...load.loadJobs.map((job): Step => ["loaded", job.endedAt, jobText(job)]));
    if (load.mergeJob !== undefined)
      steps.push(["merged", load.mergeJob.endedAt, `${jobText(load.mergeJob)} of plan ${load.plan}`]);
  }
  if (row !== undefined) steps.push(["row", undefined, `in ${row.table}, loaded_at ${row.loadedAt}`]);
  return steps;
}

function jobText({ id, startedAt, endedAt }: JobStep): string {
  if (startedAt === undefined) return `job ${id} (BigQuery does not show it: it is old, or not yours to see)`;
  if (endedAt === undefined) return `job ${id} (runs)`;
  return `job ${id} (ran ${durationText(Date.parse(endedAt) - Date.parse(startedAt)).slice(1)})`;
}

/** What became of it, and what to do. */
function endText(chain: Chain): string {
  const { end, receivedAt, row, place = "", reason = "", ceId = "" } = chain;
  const waited =
    receivedAt === undefined || row === undefined
      ? ""
      : `, ${durationText(Date.parse(row.loadedAt) - Date.parse(receivedAt)).slice(1)} after it was received`;
  switch (end) {
    case "row":
      return `It is a row of ${row?.table ?? ""}${waited}.`;
    case "rejected":
      return `It does not fit the schema of its type, so it is a row of rejected_events${waited}: ${row?.reasons ?? ""}`;
    case "unregistered":
      return `Its type has no schema, so it is a row of unregistered_events${waited} (docs/use/adding-a-type.md).`;
    case "pending":
      return `It waits to be loaded: ${place} is there, ${reason}.`;
    case "quarantined":
      return `BigQuery refused its object, which is ${place}: ${reason}. See \`pullhouse dead-letters\`.`;
    case "unreadable":
      return `It is in ${place}, which is not what the pipeline writes. See \`pullhouse dead-letters\`.`;
    case "spilled":
      return `Pub/Sub did not take it in time: it is ${place}, and the next drain takes it from there.`;
    case "dead letter":
      return `It is a dead letter, ${place}: ${reason || "see docs/operate/dead-letters.md"}. \`pullhouse dead-letters retry\` sends it again.`;
    case "queue":
      return "It was accepted and no batcher has written it: it is in Pub/Sub, or with a batcher right now. `pullhouse dead-letters list` looks among the dead letters there.";
    case "refused":
      return (chain.accepted?.status ?? 0) < FIRST_5XX
        ? "The receiver refused the request, so nothing of it is kept: docs/operate/errors.md says what the sender has to change."
        : "The receiver could not keep it and said so: the sender has to send it again (docs/operate/errors.md).";
    case "unknown":
      return `Nobody here knows ${ceId}: no row that was loaded in the period (--since, --until), no object that waits, no dead letter. If it was accepted it is in Pub/Sub.`;
    default:
      return end satisfies never;
  }
}

/** From here on the fault is ours. */
const FIRST_5XX = 500;

const clockText = (at: string) => new Date(at).toISOString();

/** `+1.234 s`; clocks of several machines take part, so it may be negative. */
function durationText(ms: number): string {
  const sign = ms < 0 ? "-" : "+";
  const size = Math.abs(ms);
  return size < 60_000
    ? `${sign}${(size / 1000).toFixed(3)} s`
    : `${sign}${Math.floor(size / 60_000)} min ${Math.round((size % 60_000) / 1000)} s`;
}
