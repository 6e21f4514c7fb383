/** Rows as they will stand in an object: bytes, outside of V8's heap, so that no collection has to move or visit them. */
import { hash } from "node:crypto";
import { giveMemory, takeMemory, UNIT } from "./spare-memory.ts";

/** A table of few rows holds little, and each further piece is twice as large, up to the unit; a longer line has its own. */
const PIECE_FIRST = 4 * 1024;
/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

export class Lines {
  #full: Buffer[] = [];
  #piece: Buffer = Buffer.allocUnsafeSlow(PIECE_FIRST);
  #filled = 0;
  count = 0;

  /** @returns how many bytes the line takes */
  add(line: string): number {
    this.count += 1;
    const atMost = line.length * BYTES_PER_UNIT;
    const room = atMost > UNIT ? Buffer.byteLength(line) : atMost;
    if (this.#piece.length - this.#filled < room) this.#nextPiece(room);
    const bytes = this.#piece.write(line, this.#filled);
    this.#filled += bytes;
    return bytes;
  }

  /**
   * All lines in their order, held as these bytes from then on, so that nothing is held twice. They are good until the lines
   * are released, or more of them are added and looked at.
   */
  bytes(): Buffer {
    if (this.#full.length === 0) return this.#piece.subarray(0, this.#filled);
    const pieces = [...this.#full, this.#piece.subarray(0, this.#filled)];
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const joined = takeMemory(bytes);
    let at = 0;
    for (const piece of pieces) at += piece.copy(joined, at);
    this.#giveAll();
    this.#full = [];
    this.#piece = joined;
    this.#filled = bytes;
    return joined.subarray(0, bytes);
  }

  /** SHA-256 of all lines, in hexadecimal: a name for an object that follows from its content. */
  digest(): string {
    return hash("sha256", this.bytes());
  }

  /** Forgets the lines, so that their memory can be used for others. */
  release(): void {
    this.#giveAll();
    this.#full = [];
    this.#piece = Buffer.alloc(0);
    this.#filled = 0;
  }

  #giveAll(): void {
    for (const piece of this.#full) giveMemory(wholeOf(piece));
    giveMemory(this.#piece);
  }

  #nextPiece(room: number): void {
    // A batch of one large row is not joined: it would be held twice.
    if (this.#filled > 0) this.#full.push(this.#piece.subarray(0, this.#filled));
    else giveMemory(this.#piece);
    const size = Math.max(PIECE_FIRST, Math.min(2 * this.#piece.length, UNIT), room);
    this.#piece = size === UNIT ? takeMemory(UNIT) : Buffer.allocUnsafeSlow(size);
    this.#filled = 0;
  }
}

/** What a filled part is of; none of it comes out of Node's own pool. */
const wholeOf = ({ buffer }: Buffer) => Buffer.from(buffer);
