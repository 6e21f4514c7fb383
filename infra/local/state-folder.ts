/** Whether the local state can be kept where it shall be, found out before anything is begun there. */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A pipeline that has just started takes about 60 MB, most of it tables of the warehouse. */
const FREE_BYTES_MIN = 256 * 2 ** 20;

const ADVICE = "set PULLHOUSE_HOME to a folder that can be written and has room";

/**
 * Makes the folder, and tries to write in it.
 * @returns what is wrong and what to do; `undefined` when nothing is
 */
export function stateFolderProblem(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < FREE_BYTES_MIN) {
      const free = Math.floor((bavail * bsize) / 2 ** 20);
      return `the disk of ${folder} is full: ${free} MB are free, ${FREE_BYTES_MIN / 2 ** 20} MB are needed; make room, or ${ADVICE}`;
    }
    tryToWrite(join(folder, `.probe-${process.pid}`));
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Anything else than the system's own refusal is a fault of ours.
    if (code === undefined) throw error;
    return `the folder ${folder} for the local state cannot be written (${message}); ${ADVICE}`;
  }
}

function tryToWrite(file: string): void {
  const opened = openSync(file, "w");
  try {
    writeSync(opened, "x");
    fsyncSync(opened);
  } finally {
    closeSync(opened);
    rmSync(file, { force: true });
  }
}
