/** Logs as events: one JSON line each on stdout, in the shape that Cloud Logging reads. */
import type { Trace } from "./trace.ts";

/**
 * `severity`, `message` and the `logging.googleapis.com/*` names are special to Cloud Logging
 * (https://cloud.google.com/logging/docs/structured-logging).
 */
export type Severity = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

export const TRACE_FIELD = "logging.googleapis.com/trace";

/** Every field that a line may carry: nobody logs a body, a token or a header by accident. */
export interface LogFields {
  service?: string;
  type?: string;
  table?: string;
  source?: string;
  ceId?: string;
  code?: string;
  reason?: string;
  status?: number;
  object?: string;
  objects?: number;
  jobId?: string;
  plan?: string;
  /** Days that were rolled up: the first and the last. */
  days?: string;
  messages?: number;
  rows?: number;
  inserted?: number;
  duplicates?: number;
  rejected?: number;
  unregistered?: number;
  quarantined?: number;
  spilled?: number;
  bytes?: number;
  milliseconds?: number;
  outcome?: string;
  oldestPendingSeconds?: number;
  attempt?: number;
  window?: number;
  flush?: string;
  port?: number;
  messageId?: string | undefined;
  /** ISO 8601, the row's `received_at`. */
  receivedAt?: string;
  loadJobs?: readonly string[];
  /** Traces that an object or a load has events of. */
  traces?: number;
  trace?: Trace | undefined;
}

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const RANK: Record<Severity, number> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3, CRITICAL: 4 };

export interface LogOptions {
  /** Names the traces in full, so that Cloud Logging shows them with the lines. */
  readonly project?: string;
  readonly write?: (line: string) => void;
}

export function createLog(service: string, minimum: Severity, options: LogOptions = {}): Log {
  const { project, write = (line: string) => process.stdout.write(line) } = options;
  const at = (severity: Severity) => (event: string, fields?: LogFields) => {
    if (RANK[severity] < RANK[minimum]) return;
    const traced = fields?.trace && traceFields(fields.trace, project);
    // JSON leaves out what is undefined.
    const line = { severity, message: event, service, ...fields, trace: undefined, ...traced };
    write(`${JSON.stringify(line)}\n`);
  };
  return { debug: at("DEBUG"), info: at("INFO"), warn: at("WARNING"), error: at("ERROR") };
}

function traceFields({ id, spanId, sampled }: Trace, project: string | undefined): object {
  return {
    [TRACE_FIELD]: project === undefined ? id : `projects/${project}/traces/${id}`,
    "logging.googleapis.com/spanId": spanId,
    "logging.googleapis.com/trace_sampled": sampled,
  };
}
