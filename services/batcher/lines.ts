/** Rows as they will stand in an object: bytes, outside of V8's heap, so that no collection has to move or visit them. */
import { hash } from "node:crypto";

/** A table of few rows holds little, and each further piece is twice as large, */
const PIECE_FIRST = 4 * 1024;
/** up to this: what is not filled yet is at most so much, as a line that may be longer gets a piece of just its length. */
const PIECE_MAX = 256 * 1024;
/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

export class Lines {
  #full: Buffer[] = [];
  #piece = Buffer.allocUnsafeSlow(PIECE_FIRST);
  #filled = 0;
  count = 0;

  /** @returns how many bytes the line takes */
  add(line: string): number {
    this.count += 1;
    const atMost = line.length * BYTES_PER_UNIT;
    const room = atMost > PIECE_MAX ? Buffer.byteLength(line) : atMost;
    if (this.#piece.length - this.#filled < room) this.#nextPiece(room);
    const bytes = this.#piece.write(line, this.#filled);
    this.#filled += bytes;
    return bytes;
  }

  /** All lines in their order. They are held as these bytes from then on, so that nothing is held twice. */
  bytes(): Buffer {
    const joined = Buffer.concat([...this.#full, this.#piece.subarray(0, this.#filled)]);
    this.#full = [];
    this.#piece = joined;
    this.#filled = joined.length;
    return joined;
  }

  /** SHA-256 of all lines, in hexadecimal: a name for an object that follows from its content. */
  digest(): string {
    return hash("sha256", this.bytes());
  }

  #nextPiece(room: number): void {
    this.#full.push(this.#piece.subarray(0, this.#filled));
    const size = Math.max(PIECE_FIRST, Math.min(2 * this.#piece.length, PIECE_MAX));
    this.#piece = Buffer.allocUnsafeSlow(Math.max(size, room));
    this.#filled = 0;
  }
}
