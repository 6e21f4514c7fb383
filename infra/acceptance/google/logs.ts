/** The services' log lines out of Cloud Logging. */
import type { LogLine } from "../../local/demo/log-lines.ts";
import { type Api, read } from "../api.ts";

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry */
export interface LogEntry {
  readonly timestamp: string;
  readonly severity?: LogLine["severity"];
  readonly jsonPayload?: Omit<LogLine, "severity">;
  readonly httpRequest?: { readonly status?: number };
}

interface Page {
  readonly entries?: readonly LogEntry[];
  readonly nextPageToken?: string;
}

const PAGE = 1_000;

/** Oldest first. @param filter in Cloud Logging's query language */
export async function logEntries(api: Api, project: string, filter: string): Promise<readonly LogEntry[]> {
  const all: LogEntry[] = [];
  let pageToken: string | undefined;
  do {
    const page: Page = await read(api, "logging", {
      method: "POST",
      path: "/entries:list",
      body: {
        resourceNames: [`projects/${project}`],
        filter,
        orderBy: "timestamp asc",
        pageSize: PAGE,
        ...(pageToken === undefined ? {} : { pageToken }),
      },
    });
    all.push(...(page.entries ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return all;
}

/** @param service name of the Cloud Run service @param since ISO 8601 */
export async function serviceLines(
  api: Api,
  project: string,
  service: string,
  since: string,
): Promise<readonly LogLine[]> {
  const filter = [
    'resource.type="cloud_run_revision"',
    `resource.labels.service_name="${service}"`,
    `timestamp>="${since}"`,
    'jsonPayload.message!=""',
  ].join(" AND ");
  const entries = await logEntries(api, project, filter);
  return entries.flatMap(({ severity = "DEBUG", jsonPayload }) =>
    jsonPayload === undefined ? [] : [{ ...jsonPayload, severity }],
  );
}
