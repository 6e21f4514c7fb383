/** What is looked for: one event by its id, or the events of a trace. */
import { PipelineError } from "#services/shared/errors.ts";
import type { TracesOf } from "#services/shared/objects.ts";
import { parseTraceparent } from "#services/shared/trace.ts";

export interface Wanted {
  /** As it was given; a text of 32 hexadecimal digits may be an event's id or a trace's. */
  readonly ceId?: string;
  readonly traceId?: string;
  /** `ce_source`, where two senders use one id. */
  readonly source?: string;
  /** `source` of the row, where two senders use one id and one `ce_source`. */
  readonly sender?: string;
}

const TRACE_ID = /^[0-9a-f]{32}$/i;
/** No event that fits into Pub/Sub has a longer one; a larger text is no id but a mistake. */
const ID_MAX = 8_192;

/** @throws PipelineError CONFIG_INVALID */
export function wantedOf(text: string, source: string | undefined): Wanted {
  if (text.trim() === "" || text.length > ID_MAX)
    throw new PipelineError("CONFIG_INVALID", "never", "give an event's id, a trace's id or a traceparent");
  const from = source === undefined ? {} : { source };
  const trace = parseTraceparent(text.trim());
  if (trace !== undefined) return { ...from, traceId: trace.id };
  return { ...from, ceId: text, ...(TRACE_ID.test(text) ? { traceId: text.toLowerCase() } : {}) };
}

/** The columns of the envelope by which a row in an object is known. */
export interface ArchivedRow {
  readonly ce_id: string;
  readonly ce_source: string;
  readonly ce_type: string;
  readonly source?: string;
  readonly received_at?: string;
}

/** Whether a row, a message or an unreadable text is, or may be, one of the wanted events. */
export interface Matcher {
  row(row: ArchivedRow, traces: TracesOf | undefined): boolean;
  message(event: { id: string; source: string }, traceId: string | undefined): boolean;
  /** @returns by which id it was known */
  text(text: string): { readonly ceId: string } | { readonly traceId: string } | undefined;
}

/** @param ids of the events, as far as they are known */
export function matcherOf({ traceId, source, sender }: Wanted, ids: ReadonlySet<string>): Matcher {
  const isFrom = (other: string) => source === undefined || other === source;
  return {
    // Only an object of one trace tells whose its rows are: a row does not name its trace.
    row: (row, traces) =>
      isFrom(row.ce_source) &&
      (sender === undefined || row.source === sender) &&
      (ids.has(row.ce_id) || (traceId !== undefined && traces?.count === 1 && traces.first[0] === traceId)),
    message: (event, trace) =>
      isFrom(event.source) && (ids.has(event.id) || (traceId !== undefined && trace === traceId)),
    text(text) {
      const ceId = [...ids].find((id) => text.includes(id));
      if (ceId !== undefined) return { ceId };
      return traceId !== undefined && text.includes(traceId) ? { traceId } : undefined;
    },
  };
}
