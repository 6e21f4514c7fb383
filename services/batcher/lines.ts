/** Rows as they will stand in an object: bytes, outside of V8's heap, so that no collection has to move or visit them. */
import { createHash } from "node:crypto";

/** A table of few rows holds little, and each further piece is twice as large. */
const PIECE_FIRST = 4 * 1024;
/** What the compression takes at a time. */
const PIECE_MAX = 256 * 1024;
/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

export class Lines {
  readonly #full: Buffer[] = [];
  #piece = Buffer.allocUnsafeSlow(PIECE_FIRST);
  #filled = 0;
  count = 0;

  /** @returns how many bytes the line takes */
  add(line: string): number {
    this.count += 1;
    const room = line.length * BYTES_PER_UNIT;
    if (this.#piece.length - this.#filled < room) this.#nextPiece(room);
    const bytes = this.#piece.write(line, this.#filled);
    this.#filled += bytes;
    return bytes;
  }

  /** All lines in their order; a piece ends at the end of a line. */
  pieces(): readonly Uint8Array[] {
    return [...this.#full, this.#piece.subarray(0, this.#filled)];
  }

  /** SHA-256 of all lines, in hexadecimal: a name for an object that follows from its content. */
  digest(): string {
    const digest = createHash("sha256");
    for (const piece of this.pieces()) digest.update(piece);
    return digest.digest("hex");
  }

  #nextPiece(room: number): void {
    this.#full.push(this.#piece.subarray(0, this.#filled));
    this.#piece = Buffer.allocUnsafeSlow(Math.max(Math.min(2 * this.#piece.length, PIECE_MAX), room));
    this.#filled = 0;
  }
}
