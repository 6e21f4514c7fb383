/** What the system says about a process: whether it lives, and how much memory it has used. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Linux has it in files; elsewhere `ps` answers. Empty when there is no such process. */
async function ask(pid: number, file: string, format: string): Promise<string> {
  if (process.platform === "linux") return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const { stdout } = await run("ps", ["-o", `${format}=`, "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout;
}

/**
 * Resident memory of a process in bytes: Linux keeps the highest since its start (`VmHWM`), elsewhere it is
 * the present value. `undefined` when the process is gone.
 */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const answer = await ask(pid, "status", "rss");
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(answer)?.[1] ?? answer.trim();
  return /^\d+$/.test(kibibytes) ? 1024 * Number(kibibytes) : undefined;
}

/** Whether the process lives and its command line holds the text, as ids are used again. A zombie is dead. */
export async function isRunning(pid: number, text: string): Promise<boolean> {
  return (await ask(pid, "cmdline", "command")).includes(text);
}
