/**
 * No compression: Node does it in a thread pool, whose order is the operating system's, and it is not what is tried here. It
 * must be imported before the code that compresses.
 */
import { syncBuiltinESMExports } from "node:module";
import { PassThrough } from "node:stream";
import zlib from "node:zlib";

// Node lets it be defined anew, not assigned.
Object.defineProperty(zlib, "createGzip", { value: () => new PassThrough() });
Object.defineProperty(zlib, "gunzip", {
  value: (bytes: Buffer, done: (error: null, bytes: Buffer) => void) =>
    queueMicrotask(() => done(null, bytes)),
});
Object.defineProperty(zlib, "gunzipSync", { value: (bytes: Buffer) => bytes });
syncBuiltinESMExports();
