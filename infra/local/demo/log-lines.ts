/** The events that a service has logged. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { LogFields, Severity } from "#services/shared/log.ts";

export interface LogLine extends LogFields {
  readonly severity: Severity;
  readonly message: string;
}

export async function* logLines(file: string): AsyncGenerator<LogLine, void, void> {
  for await (const text of createInterface({ input: createReadStream(file) })) {
    // Other lines are warnings of Node and, where a process was killed, a line without its end.
    if (text.startsWith('{"severity"') && text.endsWith("}")) yield JSON.parse(text) as LogLine;
  }
}

const REASONS_MAX = 3;

/** The last different reasons that services logged as errors. */
export async function lastErrors(files: readonly string[]): Promise<readonly string[]> {
  const errors: string[] = [];
  for (const file of files) {
    const ofFile = new Set<string>();
    for await (const { severity, service, message, reason = "" } of logLines(file)) {
      if (severity !== "ERROR" && severity !== "CRITICAL") continue;
      const error = `${service}: ${message}: ${reason}`;
      // The set keeps the order of insertion: one that comes again is moved to the end.
      ofFile.delete(error);
      ofFile.add(error);
    }
    errors.push(...[...ofFile].slice(-REASONS_MAX));
  }
  return errors;
}
