/** The schema files as a commit has them, asked of git. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { PipelineError } from "#services/shared/errors.ts";

export type History =
  /** The text of each schema file by its name. */
  | { readonly outcome: "files"; readonly files: ReadonlyMap<string, string> }
  /** There is nothing to compare with, and that is nobody's mistake. */
  | { readonly outcome: "none"; readonly reason: string };

const OUTPUT_MAX_BYTES = 256 * 1024 * 1024;

/**
 * @param ref what git understands as a commit: HEAD, HEAD^, a branch, an id
 * @throws PipelineError CONFIG_INVALID when a whole clone has no such commit
 */
export function filesAt(directory: string, ref: string): History {
  const inside = git(directory, ["rev-parse", "--is-shallow-repository"]);
  if (inside.error !== undefined) return { outcome: "none", reason: "git is not installed" };
  if (inside.status !== 0) return { outcome: "none", reason: `git says ${firstLine(inside.stderr)}` };
  const commit = git(directory, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  if (commit.status !== 0) {
    if (inside.stdout.trim() === "true")
      return { outcome: "none", reason: `this shallow clone has no ${ref}` };
    // Before the first commit, and before the one before.
    if (/^HEAD\b/.test(ref)) return { outcome: "none", reason: `there is no ${ref} yet` };
    const message = `--against ${ref}: git has no such commit; fetch it, or name another`;
    throw new PipelineError("CONFIG_INVALID", "never", message);
  }
  return { outcome: "files", files: read(directory, commit.stdout.trim()) };
}

/** Paths are relative to the folder, and only its own files are listed. */
function read(directory: string, commit: string): ReadonlyMap<string, string> {
  const listed = succeed(git(directory, ["ls-tree", "-z", commit]));
  const entries = listed
    .split("\0")
    .map((line) => /^\d+ blob ([0-9a-f]+)\t(.+\.json)$/s.exec(line))
    .filter((match) => match !== null);
  const files = new Map<string, string>();
  for (const [, id = "", file = ""] of entries)
    files.set(file, succeed(git(directory, ["cat-file", "blob", id])));
  return files;
}

function git(directory: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync("git", ["-C", directory, ...args], { encoding: "utf8", maxBuffer: OUTPUT_MAX_BYTES });
}

function succeed({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  if (status !== 0) throw new Error(`git: ${firstLine(stderr)}`);
  return stdout;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
