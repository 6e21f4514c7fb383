/** Logs as events: one JSON line each on stdout, in the shape that Cloud Logging reads. */

/**
 * `severity`, `message` and the `logging.googleapis.com/*` names are special to Cloud Logging
 * (https://cloud.google.com/logging/docs/structured-logging).
 */
export type Severity = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

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
  trace?: string;
}

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const RANK: Record<Severity, number> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3, CRITICAL: 4 };

export function createLog(
  service: string,
  minimum: Severity,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log {
  const at = (severity: Severity) => (event: string, fields?: LogFields) => {
    if (RANK[severity] >= RANK[minimum]) {
      write(`${JSON.stringify({ severity, message: event, service, ...fields })}\n`);
    }
  };
  return { debug: at("DEBUG"), info: at("INFO"), warn: at("WARNING"), error: at("ERROR") };
}
