/** What a run has seen on its way, for the checks and the report. */
import type { ServiceName } from "../gcp/names.ts";

export interface Observed {
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAt: number;
  deployedAt?: number;
  readonly kills: { readonly service: ServiceName; readonly how: string }[];
  /** From POST to the first query that showed the row: the events that were sent while services were killed. */
  disturbed?: Latency;
  refusal?: Refusal;
  /** From the permission's return to the first row of an event that had waited for it, milliseconds. */
  allowedAfterMs?: number;
  /** From POST to row of one event on a quiet pipeline, milliseconds. */
  loneMs?: number;
  /** Nothing was sent, and nothing waited, between these two. */
  idle?: { readonly from: number; readonly until: number };
  /** Rows of all tables with events, at the end. */
  rows?: number;
  /** Requests that the receiver was sent. */
  requests: number;
  /** Bytes of their bodies. */
  bytes: number;
}

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

interface Refusal {
  /** As the loader logged it. */
  readonly reason: string;
  /** From the change to the first refused statement, milliseconds. */
  readonly afterMs: number;
}
