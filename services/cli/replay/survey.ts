/** What the archive has of a type: counted page by page, since an archive of years is not held in memory. */
import type { Listing } from "#services/shared/gcp/listing.ts";
import { archivedObjects, type Days } from "../archive/objects.ts";

export interface Survey {
  readonly objects: number;
  /** By the manifests; objects from before the books have none and count as 0. */
  readonly rows: number;
  /** Compressed. */
  readonly bytes: number;
  /** First and last day; `undefined` when there is no object. */
  readonly first: string | undefined;
  readonly last: string | undefined;
}

export async function survey(list: Listing, type: string, days: Days): Promise<Survey> {
  let [objects, rows, bytes] = [0, 0, 0];
  let first: string | undefined;
  let last: string | undefined;
  for await (const { day, size, manifest } of archivedObjects(list, type, days)) {
    objects += 1;
    rows += manifest?.rows ?? 0;
    bytes += size;
    first ??= day;
    last = day;
  }
  return { objects, rows, bytes, first, last };
}
