/** Buckets and objects in the JSON API's resource format. */
import type { BucketRecord, ObjectMetadata, ObjectRecord } from "./catalog.ts";

export function bucketResource(bucket: BucketRecord, base: string): object {
  const time = new Date(bucket.created).toISOString();
  return {
    location: "US",
    storageClass: "STANDARD",
    ...bucket.settings,
    kind: "storage#bucket",
    id: bucket.name,
    name: bucket.name,
    selfLink: `${base}/storage/v1/b/${bucket.name}`,
    projectNumber: "0",
    metageneration: "1",
    timeCreated: time,
    updated: time,
    etag: "CAE=",
  };
}

/** https://cloud.google.com/storage/docs/json_api/v1/objects#resource; a composed object has no MD5 hash. */
export function objectResource(object: ObjectRecord, base: string): object {
  const { bucket, name, generation, componentCount } = object;
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  const created = new Date(object.created).toISOString();
  return {
    ...object.settable,
    contentType: object.settable.contentType ?? "application/octet-stream",
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    bucket,
    name,
    generation: String(generation),
    metageneration: String(object.metageneration),
    size: String(object.size),
    crc32c: object.crc32c,
    ...(componentCount === undefined ? { md5Hash: object.md5Hash } : { componentCount }),
    storageClass: "STANDARD",
    timeCreated: created,
    timeStorageClassUpdated: created,
    updated: new Date(object.updated).toISOString(),
    etag: Buffer.from(`${generation}/${object.metageneration}`).toString("base64"),
    selfLink: `${base}/storage/v1/${path}`,
    mediaLink: `${base}/download/storage/v1/${path}?generation=${generation}&alt=media`,
  };
}

const SETTABLE = [
  "contentType",
  "contentEncoding",
  "contentDisposition",
  "contentLanguage",
  "cacheControl",
] as const;

/** The settable part of what a client sent; `null` clears a field, as does an entry of `metadata`. */
export function settableFrom(given: Record<string, unknown>, before: ObjectMetadata = {}): ObjectMetadata {
  const after: { -readonly [field in keyof ObjectMetadata]: ObjectMetadata[field] } = { ...before };
  for (const field of SETTABLE) {
    const value = given[field];
    if (typeof value === "string") after[field] = value;
    else if (value === null) delete after[field];
  }
  if (given["metadata"] === null) delete after.metadata;
  else if (typeof given["metadata"] === "object") {
    const merged = { ...before.metadata, ...(given["metadata"] as Record<string, string | null>) };
    after.metadata = Object.fromEntries(
      Object.entries(merged).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    );
  }
  return after;
}
