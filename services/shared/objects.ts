/** The names in the bucket, and the manifest of a batch: what batcher and loader agree on. */
import type { Column } from "./schema/column.ts";
import { joined, type Range, type Times } from "./times.ts";

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
  /** All of their times: a few ranges, as an object may hold a day of long ago. Older versions left it out. */
  readonly ranges?: readonly Range[];
  /** Rows without a `ce_time`. */
  readonly untimed: number;
  /** Another delivery of one of its events may have no `ce_time`, see `row/ce-time.ts`. */
  readonly hasNearBound?: boolean;
  /** When its oldest event was received, ISO 8601; `null` when none says so. */
  readonly oldestReceivedAt: string | null;
  /** When the batcher wrote it, ISO 8601. */
  readonly drainedAt: string;
  /** The traces of its events, left out if none has one. */
  readonly traces?: TracesOf;
  /** The digests that it had before something was taken out of it (`pullhouse forget`). */
  readonly was?: readonly string[];
}

/** How many different ones, and the first of their ids: the manifest has to stay small. */
export interface TracesOf {
  readonly count: number;
  readonly first: readonly string[];
}

/**
 * The one key of an object's custom metadata, of which Cloud Storage takes 8 KiB
 * (https://cloud.google.com/storage/quotas#objects); its value is the manifest as JSON.
 */
export const MANIFEST_KEY = "pullhouse-manifest";

/** Of one manifest: some 1.5 KB of the 8 KiB that metadata may have. */
export const RANGES_MAX = 24;
/** Of one statement. */
const STATEMENT_RANGES_MAX = 100;

/** The times of the rows of several objects. */
export function timesOf(manifests: readonly Manifest[]): Times {
  const ranges = manifests.flatMap(({ ranges: some, minTime, maxTime }): readonly Range[] => {
    if (some !== undefined) return some;
    return minTime === null || maxTime === null ? [] : [[minTime, maxTime]];
  });
  return {
    ranges: joined(ranges, STATEMENT_RANGES_MAX),
    untimed: manifests.some(({ untimed, hasNearBound }) => untimed > 0 || hasNearBound === true),
  };
}

/**
 * The content of a pending mark: the manifest, and the columns that the rows may have. A loader with older schema files
 * loads the rows of a newer batcher by them. Some 2 KB, too many for the object's metadata.
 */
export interface Mark extends Manifest {
  /** Without descriptions; marks of older versions and of replays have none. */
  readonly columns?: readonly Column[];
}

/** `undefined` when the text is no manifest. */
export function readManifest(text: string): Mark | undefined {
  const manifest: Partial<Mark> | undefined = parseObject(text);
  const readable = typeof manifest?.object === "string" && typeof manifest.rows === "number";
  return readable ? (manifest as Mark) : undefined;
}

/** A JSON object; `undefined` for anything else. */
export function parseObject(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export const EVENTS = "events/";

/** Rows of one type, gzip NDJSON; never changed, the archive that a replay reads. */
export function eventsObject(type: string, day: string, id: string): string {
  return `${EVENTS}${type}/dt=${day}/${id}.ndjson.gz`;
}

/** The type and the id in the name of an events object; `undefined` for another name. */
export function partsOf(object: string): { type: string; id: string } | undefined {
  const [, type, id] = /^events\/([^/]+)\/dt=[^/]+\/([^/]+)\.ndjson\.gz$/.exec(object) ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}

/**
 * Of an object that a replay made of the rows of another, which had no table of their own. One object can give rows
 * more than once, as more of it fits.
 * @param digest of what it gives, in hexadecimal
 */
export function movedId(id: string, digest: string): string {
  return `${id}.${digest.slice(0, 16)}.moved`;
}

/** The id of the object that gave the rows, in the name of what was made of them; for RE2. */
export const MOVED_FROM = String.raw`([^/]+)\.[0-9a-f]{16}\.moved\.ndjson\.gz$`;

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

export const QUARANTINE = "quarantine/";

/** What BigQuery refused, and beside it why. */
export function quarantined(type: string, id: string): { object: string; reason: string } {
  return { object: `${QUARANTINE}${type}/${id}.ndjson.gz`, reason: `${QUARANTINE}${type}/${id}.reason.json` };
}

export const SPILL = "spill/";

/** A message that Pub/Sub did not take in time. */
export function spillObject(id: string): string {
  return `${SPILL}${id}.json`;
}

export const DEAD_LETTERS = "dead-letters/";

/** The bucket of the files in which Pub/Sub keeps what it gave up, below DEAD_LETTERS; it may write nowhere else. */
export function deadLettersBucketOf(bucket: string): string {
  return `${bucket}-dead-letter`;
}

/** A message that no batcher survives, in the form of a spilled one, with the reason. */
export function deadLetterObject(id: string): string {
  return `${DEAD_LETTERS}${encodeURIComponent(id)}.json`;
}

export const TRIALS = "trials/";
