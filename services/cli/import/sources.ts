/** Lists what an import reads: files, folders, objects of a bucket; as streams, so that no size matters. */
import { PipelineError } from "#services/shared/errors.ts";
import { type BucketAccess, inBucket } from "./bucket.ts";
import { onDisk } from "./folder.ts";
import type { TypeOf } from "./type-of.ts";

export interface ImportFile {
  /** As it is named to the user. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  /** @throws PipelineError CONFIG_INVALID for a fault of this file alone */
  open(): AsyncIterable<Buffer>;
}

/** A file before anybody has asked whether it is of the type. */
export interface FoundFile extends ImportFile {
  readonly outcome: "file";
  /** The parts of its path. */
  readonly names: readonly string[];
  /** How many of them belong to the place that the user named. */
  readonly placed: number;
  /** The parts of the path where a link leads. */
  readonly linked?: readonly string[];
}

type LeftOutReason =
  | { readonly why: "hidden" | "special" | "dangling" | "seen" }
  | { readonly why: "unreadable"; readonly reason: string }
  | { readonly why: "type"; readonly type: string };

/** What lies below a place and is not read. */
export type LeftOut = LeftOutReason & { readonly outcome: "left-out"; readonly path: string };

export type Found = FoundFile | LeftOut;

export interface Wanted {
  readonly type: string;
  readonly typeOf: TypeOf;
}

const GS = /^gs:\/\/([^/]+)(?:\/(.*))?$/;

/**
 * Yields the files of the type below the places, in the order of their names; listed as they are asked for, so that no number
 * matters either. A file that lies in no type's folder is of the type.
 * @throws PipelineError CONFIG_INVALID when there is nothing at a place, STORE_UNAVAILABLE
 */
export async function* filesAt(
  places: readonly string[],
  access: BucketAccess,
  wanted: Wanted,
  leaveOut: (one: LeftOut) => void,
): AsyncGenerator<ImportFile, void, void> {
  for (const place of places) {
    const [, bucket, prefix = ""] = GS.exec(place) ?? [];
    let isEmpty = true;
    for await (const found of bucket === undefined ? onDisk(place) : inBucket(bucket, prefix, access)) {
      isEmpty = false;
      const one = found.outcome === "file" ? ofType(found, wanted) : found;
      if (one.outcome === "file") yield one;
      else leaveOut(one);
    }
    if (isEmpty) throw new PipelineError("CONFIG_INVALID", "never", `there is nothing to import at ${place}`);
  }
}

function ofType(file: FoundFile, { type, typeOf }: Wanted): Found {
  const { path, names, placed, linked } = file;
  // What a link leads to is what it is, whatever the link is called.
  const found = (linked && typeOf(linked, linked.length)) ?? typeOf(names, placed);
  return found === undefined || found === type
    ? file
    : { outcome: "left-out", path, why: "type", type: found };
}
