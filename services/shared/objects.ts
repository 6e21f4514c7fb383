/** The names in the bucket, and the manifest of a batch: what batcher and loader agree on. */

/** The manifest of one object: the content of its pending mark and, as that goes away, metadata of the object. */
export interface Manifest {
  readonly object: string;
  readonly rows: number;
  /** Size of the object, compressed. */
  readonly bytes: number;
  /** sha256 of the object, in hex. */
  readonly sha256: string;
  /** Smallest and largest `ce_time` in it, as written in the rows; `null` when no row has one. */
  readonly minTime: string | null;
  readonly maxTime: string | null;
  /** Rows without a `ce_time`. */
  readonly untimed: number;
  /** When its oldest event was received, ISO 8601; `null` when none says so. */
  readonly oldestReceivedAt: string | null;
  /** When the batcher wrote it, ISO 8601. */
  readonly drainedAt: string;
}

/** The one key of an object's custom metadata, of which Cloud Storage takes 8 KiB; its value is the manifest as JSON. */
export const MANIFEST_KEY = "pullhouse-manifest";

/** Rows of one type, gzip NDJSON; never changed, the archive that a replay reads. */
export function eventsObject(type: string, day: string, id: string): string {
  return `events/${type}/dt=${day}/${id}.ndjson.gz`;
}

export const PENDING = "pending/";

/** "This object is not loaded yet." */
export function pendingMark(type: string, id: string): string {
  return `${PENDING}${type}/${id}`;
}

export const PLANS = "plans/";

/** Which marks are being loaded right now; at most one plan per type. */
export function planObject(type: string): string {
  return `${PLANS}${type}.json`;
}

/** What BigQuery refused, and beside it why. */
export function quarantined(type: string, id: string): { object: string; reason: string } {
  return { object: `quarantine/${type}/${id}.ndjson.gz`, reason: `quarantine/${type}/${id}.reason.json` };
}

export const SPILL = "spill/";

/** A message that Pub/Sub did not take in time. */
export function spillObject(id: string): string {
  return `${SPILL}${id}.json`;
}
