/** A disk of its own below a folder, small enough to be filled; only an administrator may have one. */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface SmallDisk {
  /** Takes all room that is left but so many bytes. */
  fill(leftBytes?: number): void;
  /** Gives the room back. */
  empty(): void;
  unmount(): void;
}

const CHUNK_BYTES = 2 ** 16;

/** @returns undefined where no file system may be mounted */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true });
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  if (mount.status !== 0) return undefined;
  const filler = join(folder, "filler");
  return {
    fill: (leftBytes = 0) => writeUntilFull(filler, leftBytes),
    empty: () => rmSync(filler),
    // Lazily, since a test that failed may have left a process with open files.
    unmount: () => void spawnSync("umount", ["--lazy", folder]),
  };
}

function writeUntilFull(path: string, leftBytes: number): void {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const file = openSync(path, "w");
  let written = 0;
  try {
    for (;;) written += writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    ftruncateSync(file, Math.max(0, written - leftBytes));
  } finally {
    closeSync(file);
  }
}
