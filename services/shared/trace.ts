/** The trace that a request belongs to, after W3C Trace Context (https://www.w3.org/TR/trace-context/). */
import { randomBytes } from "node:crypto";

export interface Trace {
  /** 32 hexadecimal digits in lower case, not all zero. */
  readonly id: string;
  /** 16 of them: the span of whoever called. We make no spans of our own, so it goes on as it came. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Version, trace id, parent id, flags; what a later version puts behind them is ignored. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ALL_ZERO = /^0+$/;
const SAMPLED = 1;

/**
 * `undefined` for what the recommendation calls invalid: capitals, zero ids, version `ff`, anything behind the flags of
 * version `00`, and two headers in one.
 */
export function parseTraceparent(text: string): Trace | undefined {
  const [, version, id, spanId, flags, more] = TRACEPARENT.exec(text) ?? [];
  if (id === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (ALL_ZERO.test(id) || ALL_ZERO.test(spanId)) return undefined;
  return { id, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** `TRACE_ID/SPAN_ID;o=OPTIONS`, the span in decimal. */
const CLOUD_TRACE = /^([0-9a-f]{32})\/(\d{1,20})(?:;o=(\d+))?$/i;
const SPAN_MAX = 2n ** 64n;

/** Google's header from before the recommendation (https://cloud.google.com/trace/docs/trace-context). */
export function parseCloudTraceContext(text: string): Trace | undefined {
  const [, id, span, options = "0"] = CLOUD_TRACE.exec(text) ?? [];
  if (id === undefined || span === undefined || ALL_ZERO.test(id)) return undefined;
  const number = BigInt(span);
  if (number === 0n || number >= SPAN_MAX) return undefined;
  const sampled = (Number(options) & SAMPLED) !== 0;
  return { id: id.toLowerCase(), spanId: number.toString(16).padStart(16, "0"), sampled };
}

/** The trace of a request; a new one if it brings none that can be read, since an event is never refused for that. */
export function traceOf(headers: { get(name: string): string | null }): Trace {
  const traceparent = headers.get("traceparent");
  const known = traceparent === null ? undefined : parseTraceparent(traceparent);
  if (known !== undefined) return known;
  const legacy = headers.get("x-cloud-trace-context");
  return (legacy === null ? undefined : parseCloudTraceContext(legacy)) ?? newTrace();
}

function newTrace(): Trace {
  const hex = randomBytes(24).toString("hex");
  return { id: hex.slice(0, 32), spanId: hex.slice(32), sampled: false };
}

export function traceparentOf({ id, spanId, sampled }: Trace): string {
  return `00-${id}-${spanId}-0${sampled ? 1 : 0}`;
}
