/**
 * No compression: Node does it in a thread pool, whose order is the operating system's, and it is not what is tried here. It
 * must be imported before the code that compresses.
 */
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";

type Callback = (error: Error | null, result: Buffer) => void;

zlib.gzip = ((data: string, _options: object, callback: Callback) =>
  callback(null, Buffer.from(data))) as unknown as typeof zlib.gzip;
syncBuiltinESMExports();
