/** The commands that read the log lines of an event's way on Google Cloud. */
import type { Chain } from "./chain.ts";
import type { Wanted } from "./wanted.ts";

/** Of the events and their traces, of their objects, of their loads. @param since milliseconds since the epoch */
export function logCommands(
  project: string,
  { ceId, traceId }: Wanted,
  chains: readonly Chain[],
  since: number,
): readonly string[] {
  const command = (field: string, value: string) => logCommand(project, field, value, since);
  const commands = new Set<string>();
  if (ceId !== undefined) commands.add(command("ceId", ceId));
  for (const id of [traceId, ...chains.map((chain) => chain.traceId)])
    if (id !== undefined) commands.add(command("trace", id));
  for (const { object, load } of chains) {
    if (object !== undefined) commands.add(command("object", object.name));
    if (load !== undefined) commands.add(command("plan", load.plan));
  }
  return [...commands];
}

/**
 * The command that shows the services' lines with a value in a field, or of a trace
 * (https://cloud.google.com/logging/docs/view/logging-query-language). A time in the filter takes the place of the one day
 * that `gcloud logging read` looks back by itself.
 */
function logCommand(project: string, field: string, value: string, since: number): string {
  const text = field === "trace" ? `projects/${project}/traces/${value}` : value;
  const name = field === "trace" ? "trace" : `jsonPayload.${field}`;
  const from = new Date(since).toISOString();
  const filter = `resource.type="cloud_run_revision" AND ${name}=${JSON.stringify(text)} AND timestamp>="${from}"`;
  return `gcloud logging read '${filter.replaceAll("'", String.raw`'\''`)}' --project=${project} --format=json --order=asc`;
}
