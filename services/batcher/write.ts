/** One group of rows as one object with its mark: the durable write before any acknowledgement. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { eventsObject, type Manifest, pendingMark } from "#services/shared/objects.ts";
import type { NewId, Store } from "#services/shared/ports.ts";
import type { Group } from "./batch.ts";

const compress = promisify(gzip);

/**
 * Level 4 writes NDJSON of events at about twice the speed of the default 6 for some percent more bytes; it is
 * the batcher's largest expense of CPU.
 */
const GZIP_LEVEL = 4;

/**
 * Writes the object, then its mark; when this resolves both exist. A name that exists already is our own earlier
 * write whose answer was lost, since the id in it is new.
 * @param now milliseconds since the epoch
 */
export async function writeGroup(group: Group, store: Store, newId: NewId, now: number): Promise<Manifest> {
  const { type } = group.table;
  const bytes = await compress(group.lines.join(""), { level: GZIP_LEVEL });
  const id = newId();
  const manifest: Manifest = {
    object: eventsObject(type, new Date(now).toISOString().slice(0, 10), id),
    rows: group.lines.length,
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    minTime: group.minTime,
    maxTime: group.maxTime,
    untimed: group.untimed,
  };
  await store.create(manifest.object, bytes, { contentType: "application/gzip" });
  await store.create(pendingMark(type, id), Buffer.from(JSON.stringify(manifest)), {
    contentType: "application/json",
  });
  return manifest;
}
