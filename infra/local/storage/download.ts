/** An object's content: whole, a range of it, or unpacked for a client that does not take gzip. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Context } from "hono";
import { ApiError } from "./api-error.ts";
import type { ObjectRecord } from "./catalog.ts";
import type { Objects, Query } from "./objects.ts";
import { checkPreconditions } from "./preconditions.ts";

/**
 * A gzip-encoded object goes to a client without `Accept-Encoding: gzip` decompressed, whole and without length
 * (https://cloud.google.com/storage/docs/transcoding#decompressive_transcoding).
 */
export function download(context: Context, object: ObjectRecord, objects: Objects, query: Query): Response {
  checkPreconditions(query, object);
  const { settable, size } = object;
  const headers: Record<string, string> = {
    "content-type": settable.contentType ?? "application/octet-stream",
    "x-goog-generation": String(object.generation),
    "x-goog-metageneration": String(object.metageneration),
    "x-goog-hash": `crc32c=${object.crc32c}${object.componentCount === undefined ? `,md5=${object.md5Hash}` : ""}`,
    "x-goog-stored-content-length": String(size),
    "x-goog-stored-content-encoding": settable.contentEncoding ?? "identity",
    "x-goog-storage-class": "STANDARD",
    "accept-ranges": "bytes",
    "last-modified": new Date(object.updated).toUTCString(),
    ...(settable.contentDisposition === undefined
      ? {}
      : { "content-disposition": settable.contentDisposition }),
    ...(settable.cacheControl === undefined ? {} : { "cache-control": settable.cacheControl }),
    etag: `"${Buffer.from(`${object.generation}`).toString("base64")}"`,
  };
  const takesGzip = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
  if (settable.contentEncoding === "gzip" && !takesGzip) {
    const unpacked = objects.blobs.read(object.file).pipe(createGunzip());
    return new Response(Readable.toWeb(unpacked) as ReadableStream, {
      headers: { ...headers, warning: "214 UploadServer gunzipped" },
    });
  }
  if (settable.contentEncoding !== undefined) headers["content-encoding"] = settable.contentEncoding;
  const range = rangeOf(context.req.header("range"), size);
  if (range === undefined) {
    const body = Readable.toWeb(objects.blobs.read(object.file)) as ReadableStream;
    return new Response(body, { headers: { ...headers, "content-length": String(size) } });
  }
  const { start, end } = range;
  headers["content-range"] = `bytes ${start}-${end}/${size}`;
  headers["content-length"] = String(end - start + 1);
  return new Response(Readable.toWeb(objects.blobs.read(object.file, range)) as ReadableStream, {
    status: 206,
    headers,
  });
}

/** RFC 9110 section 14.1.2, one range; `undefined` for the whole. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const start = match[1] === "" ? Math.max(size - Number(match[2]), 0) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start >= size || end < start) {
    throw new ApiError(416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
  }
  return { start, end };
}
