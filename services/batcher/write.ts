/** One group of rows as one object with its mark: the durable write before any acknowledgement. */
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import {
  eventsObject,
  MANIFEST_KEY,
  type Manifest,
  type Mark,
  pendingMark,
  RANGES_MAX,
  type TracesOf,
} from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import { type Column, undescribed } from "#services/shared/schema/column.ts";
import type { Group } from "./batch.ts";

/**
 * Level 4 writes NDJSON of events at about twice the speed of the default 6 for some percent more bytes; it is
 * the batcher's largest expense of CPU.
 */
const GZIP_LEVEL = 4;

/** A group as what will be stored of it. */
export interface Packed {
  readonly type: string;
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  readonly columns: readonly Column[];
}

/** Uses up the group's lines. @param now milliseconds since the epoch */
export async function pack(group: Group, id: string, now: number): Promise<Packed> {
  const { type, columns } = group.table;
  const bytes = await compress(group.lines.bytes());
  group.lines.release();
  const drainedAt = new Date(now).toISOString();
  const ranges = group.times.ranges(RANGES_MAX);
  const manifest: Manifest = {
    object: eventsObject(type, drainedAt.slice(0, 10), id),
    rows: group.lines.count,
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    minTime: ranges[0]?.[0] ?? null,
    maxTime: ranges.at(-1)?.[1] ?? null,
    ranges,
    untimed: group.untimed,
    ...(group.hasNearBound ? { hasNearBound: true } : {}),
    oldestReceivedAt: group.oldestReceivedAt === null ? null : new Date(group.oldestReceivedAt).toISOString(),
    drainedAt,
    ...tracesOf(group),
  };
  return { type, id, bytes, manifest, columns };
}

/** Rows of events become a tenth to a fifth. */
const COMPRESSED_SHARE = 1 / 4;
/** Few rows become smaller by less than many; it is Node's own chunk. */
const CHUNK_MIN = 16 * 1024;

/**
 * Everything given at once and taken at once, one task for the thread pool: after each chunk, of 16 KiB if nothing else
 * is said, the compression waits until the main thread has a moment, which makes rows of the next batch meanwhile.
 */
export function compress(bytes: Buffer): Promise<Buffer> {
  const chunkSize = Math.max(CHUNK_MIN, Math.ceil(bytes.length * COMPRESSED_SHARE));
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize });
  gzip.end(bytes);
  return buffer(gzip);
}

/** In the manifest, so that the object, its mark and the load's plan tell whose events they hold. */
const TRACES_NAMED = 10;

function tracesOf({ events }: Group): { traces?: TracesOf } {
  const ids = new Set(events.flatMap(({ trace }) => trace?.id ?? []));
  if (ids.size === 0) return {};
  return { traces: { count: ids.size, first: [...ids].slice(0, TRACES_NAMED) } };
}

/**
 * Writes the object, then its mark; when this resolves both exist. It may be repeated: a name that exists already is
 * our own earlier write whose answer was lost, since the id in it is new.
 */
export async function write(packed: Packed, store: Store): Promise<void> {
  const { type, id, bytes, manifest } = packed;
  await store.create(manifest.object, bytes, {
    contentType: "application/gzip",
    metadata: { [MANIFEST_KEY]: JSON.stringify(manifest) },
  });
  const mark: Mark = { ...manifest, columns: undescribed(packed.columns) };
  await store.create(pendingMark(type, id), Buffer.from(JSON.stringify(mark)), {
    contentType: "application/json",
  });
}
