/** Source objects into one file of checked rows, in bounded memory. */
import { open } from "node:fs/promises";
import { BigQueryError, type ErrorProto } from "../errors.ts";
import type { Field } from "../schema/fields.ts";
import { type Line, splitLines } from "./lines.ts";
import { Misfit } from "./misfit.ts";
import type { OpenObject } from "./objects.ts";
import { compileParse } from "./parse-line.ts";
import { compileRow } from "./row.ts";

/** https://cloud.google.com/bigquery/quotas#load_jobs */
const ROW_BYTES_MAX = 100 * 1024 * 1024;
const FLUSH_CHARS = 1024 * 1024;
/** A job's status lists no more than this many errors. */
const ERRORS_LISTED = 100;

export interface Source {
  readonly uri: string;
  open(): Promise<OpenObject>;
}

export interface ReadOptions {
  readonly fields: readonly Field[];
  readonly ignoreUnknownValues: boolean;
  readonly maxBadRecords: number;
  readonly signal: AbortSignal;
}

export interface ReadRows {
  readonly rows: number;
  readonly badRecords: number;
  readonly inputFiles: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly longestRow: number;
  /** What was wrong with the bad records. */
  readonly errors: readonly ErrorProto[];
}

/**
 * @param file where the rows go, one JSON object a line
 * @throws BigQueryError `invalid` as soon as there are more bad records than allowed
 */
export async function readRows(
  sources: readonly Source[],
  file: string,
  options: ReadOptions,
): Promise<ReadRows> {
  const parse = compileParse(options.fields);
  const encode = compileRow(options.fields, options);
  const read = { rows: 0, badRecords: 0, inputFiles: 0, inputBytes: 0, outputBytes: 0, longestRow: 0 };
  const errors: ErrorProto[] = [];

  function toRow(line: Line): string | undefined {
    try {
      if (line.text === undefined) throw new Misfit(`Row size is larger than: ${ROW_BYTES_MAX}.`);
      return line.text.trim() === "" ? undefined : encode(parse(line.text));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      read.badRecords++;
      const place = `in row starting at position ${line.position} (line ${line.number})`;
      if (errors.length < ERRORS_LISTED) {
        const message = `Error while reading data, error message: JSON parsing error ${place}: ${error.message}`;
        errors.push({ reason: "invalid", location: "", message });
      }
      return undefined;
    }
  }

  const target = await open(file, "w");
  try {
    for (const source of sources) {
      const known = errors.length;
      const { chunks, storedBytes } = await source.open();
      read.inputFiles++;
      read.inputBytes += storedBytes;
      let pending = "";
      for await (const lines of splitLines(chunks, ROW_BYTES_MAX)) {
        options.signal.throwIfAborted();
        for (const line of lines) {
          const row = toRow(line);
          if (row === undefined) continue;
          pending += `${row}\n`;
          read.rows++;
          read.longestRow = Math.max(read.longestRow, row.length);
        }
        if (read.badRecords > options.maxBadRecords) {
          throw tooMany(read, options, located(errors, known, source.uri), source.uri);
        }
        if (pending.length >= FLUSH_CHARS) {
          read.outputBytes += (await target.write(pending)).bytesWritten;
          pending = "";
        }
      }
      if (pending !== "") read.outputBytes += (await target.write(pending)).bytesWritten;
      located(errors, known, source.uri);
    }
  } finally {
    await target.close();
  }
  return { ...read, errors };
}

/** The errors of this object, from `since` on, say where it stands. */
function located(errors: ErrorProto[], since: number, uri: string): readonly ErrorProto[] {
  for (let index = since; index < errors.length; index++) {
    const { reason, message } = errors[index] as ErrorProto;
    errors[index] = { reason, location: uri, message: `${message} File: ${uri}` };
  }
  return errors;
}

/**
 * The object at fault, the count of the whole job, then each bad row with its object, as in a recorded job
 * (viant/bqtail, tail/status/uris_test.go). Messages have come to end with the URI
 * (https://github.com/cal-itp/data-infra/issues/3757).
 */
function tooMany(
  { rows, badRecords }: { rows: number; badRecords: number },
  { maxBadRecords }: ReadOptions,
  errors: readonly ErrorProto[],
  uri: string,
): BigQueryError {
  const told = (what: string) =>
    `Error while reading data, error message: JSON ${what} encountered too many errors, giving up. ` +
    `Rows: ${rows + badRecords}; errors: ${badRecords}`;
  const message = `${told("table")}. Please look into the errors[] collection for more details. File: ${uri}`;
  const count = `${told("processing")}; max bad: ${maxBadRecords}; error percent: 0`;
  return new BigQueryError("invalid", message, uri, [{ reason: "invalid", message: count }, ...errors]);
}
