/** What the kernel says of another process. @throws Error where there is no /proc */
import { readFileSync } from "node:fs";

const MS_PER_TICK = 10;

/** Milliseconds of user and system time of all threads: fields 14 and 15 of proc_pid_stat(5), the first two of which hold no number. */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return MS_PER_TICK * (Number(fields[11]) + Number(fields[12]));
}

/** MiB (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html): what it has in memory, or the most that it ever had. */
export function memory(pid: number, what: "VmRSS" | "VmHWM"): number {
  const [, kilobytes] =
    new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kilobytes === undefined) throw new Error(`no ${what} of process ${pid}`);
  return Number(kilobytes) / 1024;
}
