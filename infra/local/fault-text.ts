/** How a stand-in says on its log that it could not do something. */

/** Of the file system, SQLite (https://www.sqlite.org/rescode.html#full) and DuckDB, which passes the system's words on. */
const DISK_FULL = /ENOSPC|EDQUOT|No space left|disk is full/i;

/** One line for what the user can mend, the stack for a fault of ours. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (DISK_FULL.test(error.message)) return `the disk is full, make room (${error.message})`;
  return error.stack ?? error.message;
}
