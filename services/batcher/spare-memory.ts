/**
 * Memory for rows, used again and again. It is outside of V8's heap, but V8 counts it and collects everything in its heap
 * whenever some 30 MB of it are new: with memory of its own for each batch, every 9,000 messages.
 */
export const UNIT = 256 * 1024;

/** Of what nobody uses: two batches, and the joined rows of two others. */
const SPARE_MAX = 36 * 1024 * 1024;

/** Those that were given last at the end. */
const spare: Buffer[] = [];
let spareBytes = 0;

/** @returns at least so many bytes, with anything in them; at most twice as many, or the unit */
export function takeMemory(bytes: number): Buffer {
  const index = spare.findLastIndex(({ length }) => length >= bytes && length <= Math.max(UNIT, 2 * bytes));
  const [found] = index === -1 ? [] : spare.splice(index, 1);
  if (found === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / UNIT) * UNIT);
  spareBytes -= found.length;
  return found;
}

/** @param memory of which nobody holds a part any more */
export function giveMemory(memory: Buffer): void {
  if (memory.length < UNIT || memory.length > SPARE_MAX) return;
  spare.push(memory);
  spareBytes += memory.length;
  // Sizes that nobody takes any more must not stay in place of those that somebody does.
  while (spareBytes > SPARE_MAX) spareBytes -= spare.shift()?.length ?? 0;
}
