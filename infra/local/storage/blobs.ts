/** The contents of objects as files: written whole, hashed on the way, put into place by a rename. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32c } from "@node-rs/crc32";

export interface Blob {
  /** A random name: no object's name ever becomes a path. */
  readonly file: string;
  readonly size: number;
  /** Both in base64, as in the object resource; crc32c in big-endian order. */
  readonly crc32c: string;
  readonly md5Hash: string;
}

export class Blobs {
  readonly #folder: string;
  readonly #partial: string;

  constructor(stateDir: string) {
    this.#folder = join(stateDir, "blobs");
    this.#partial = join(stateDir, "partial");
    // What a crash left unfinished belongs to nobody.
    rmSync(this.#partial, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    mkdirSync(this.#partial, { recursive: true });
  }

  /** Streams to disk; the file is there, whole, when this resolves. */
  async write(content: AsyncIterable<Uint8Array>): Promise<Blob> {
    const file = randomUUID();
    const md5 = createHash("md5");
    let crc = 0;
    let size = 0;
    const hashing = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        md5.update(bytes);
        crc = crc32c(bytes, crc);
        size += bytes.byteLength;
        yield bytes;
      }
    };
    const partial = join(this.#partial, file);
    try {
      await pipeline(Readable.from(content, { objectMode: false }), hashing, createWriteStream(partial));
      await rename(partial, join(this.#folder, file));
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc >>> 0);
    return { file, size, crc32c: checksum.toString("base64"), md5Hash: md5.digest("base64") };
  }

  /** Bytes `start` to `end`, both inclusive; all without. */
  read(file: string, range?: { readonly start: number; readonly end: number }): Readable {
    return createReadStream(join(this.#folder, file), range ?? {});
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.#folder, file), { force: true });
  }

  /** Removes the files that no object has: left by a crash between file and catalog. */
  sweep(known: ReadonlySet<string>): void {
    for (const file of readdirSync(this.#folder)) {
      if (!known.has(file)) rmSync(join(this.#folder, file), { force: true });
    }
  }
}
