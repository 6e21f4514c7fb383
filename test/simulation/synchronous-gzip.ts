/**
 * Compression at once instead of in Node's thread pool, whose order is the operating system's. It must be imported before
 * the code that compresses.
 */
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";

type Callback = (error: Error | null, result: Buffer) => void;

zlib.gzip = ((data: string, _options: object, callback: Callback) =>
  callback(null, zlib.gzipSync(data, { level: 1 }))) as unknown as typeof zlib.gzip;
syncBuiltinESMExports();
