/** gcloud, bq and Terraform as scripts that answer what a test tells them, and note how they were called. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Answer {
  /** Beginning of the command line. */
  readonly to: string;
  readonly says?: string;
  /** Exit code; 0 unless named. */
  readonly code?: number;
}

export interface ScriptedCommands {
  /** A folder for the front of PATH. */
  readonly path: string;
  /** Every command line so far, in order. */
  calls(): readonly string[];
}

/** @param answers the first that fits counts; a command line without one ends well and says nothing */
export function scriptCommands(
  folder: string,
  commands: readonly string[],
  answers: readonly Answer[],
): ScriptedCommands {
  const path = join(folder, "commands");
  const log = join(folder, "calls");
  mkdirSync(path, { recursive: true });
  for (const command of commands) {
    const cases = answers.map(
      ({ to, says = "", code = 0 }) => `  ${quote(to)}*) printf '%s\\n' ${quote(says)}; exit ${code} ;;`,
    );
    const script = [
      "#!/bin/sh",
      `line="${command} $*"`,
      `printf '%s\\n' "$line" >> ${quote(log)}`,
      'case "$line" in',
      ...cases,
      "esac",
    ];
    writeFileSync(join(path, command), `${script.join("\n")}\n`);
    chmodSync(join(path, command), 0o755);
  }
  return {
    path,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
